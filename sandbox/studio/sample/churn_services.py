"""The classic web services of `churn-lab`: two, one of them with two endpoints."""

from sandbox.studio.identifiers import hex_id, milliseconds
from sandbox.studio.model_service import ClassicService, EndpointResource, ServiceEndpoint
from sandbox.studio.sample.churn_datasets import SERVICE_ID
from sandbox.studio.sample.files import opaque

_AT = milliseconds("2018-05-22T12:00:00")

RETIRED_MODEL = opaque("retired churn model", 12_345)
"""The bytes of the model `retired churn model`, which only an endpoint still leads to."""


def churn_services() -> tuple[ClassicService, ...]:
    """Give the services; the endpoints' resources are named as their models are."""
    trained = opaque("2018-05-22T10:46:40", 24_742)
    default = ServiceEndpoint(
        "default",
        "71625344352617a8b9c0d1e2f3041526",
        "the default endpoint of Churn scoring",
        _AT,
        (EndpointResource("churn model [trained model]", trained),),
    )
    nightly = ServiceEndpoint(
        "nightly",
        hex_id("endpoint", "nightly"),
        "for the nightly batch run",
        _AT + 3_600_000,
        (EndpointResource("retired churn model [trained model]", RETIRED_MODEL),),
        sample_data=False,
    )
    stocks = ServiceEndpoint(
        "default", hex_id("endpoint", "stocks"), "the only endpoint of Stock forecasts", _AT
    )
    return (
        ClassicService(
            SERVICE_ID,
            "Churn scoring",
            "Scores a customer's risk of leaving",
            _AT,
            (default, nightly),
        ),
        ClassicService(
            hex_id("service", "stocks"),
            "Stock forecasts",
            "Built for Tomas User, maintained by nobody",
            _AT,
            (stocks,),
        ),
    )
