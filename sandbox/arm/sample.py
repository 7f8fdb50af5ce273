"""The New web services and plans of the sample subscription; each description is unique."""

from sandbox.arm.model import Association, CommitmentPlan, NewService
from sandbox.studio.identifiers import hex_id, milliseconds
from sandbox.studio.sample.churn_datasets import WORKSPACE_ID
from sandbox.studio.sample.people import MIRA, TOMAS

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
SALES_WORKSPACE_ID = hex_id("workspace", "sales-lab")
"""A workspace of the same subscription that the app is not set up for."""

_AT = milliseconds("2018-05-23T08:00:00")


def sample_services() -> tuple[NewService, ...]:
    """Give four services: three of `churn-lab`, one of them in a group of its own."""

    def service(
        group: str, name: str, workspace_id: str, title: str, description: str, *row: str
    ) -> NewService:
        store = "churnlabstore" if workspace_id == WORKSPACE_ID else "saleslabstore"
        tags = (("contact", TOMAS.email),) if name == "churn-batch" else ()
        return NewService(
            SUBSCRIPTION,
            group,
            name,
            workspace_id,
            title,
            description,
            _AT,
            store,
            row,
            tags,
        )

    return (
        service(
            "rg-ml", "churn-new", WORKSPACE_ID, "Churn", "Scores customers one by one", "Ana", "34"
        ),
        service(
            "rg-ml",
            "churn-batch",
            WORKSPACE_ID,
            "Churn batch",
            "Scores last month's customers in one go",
            "Tomas User",
            "41",
        ),
        service(
            "rg-ml", "sales-new", SALES_WORKSPACE_ID, "Sales", "Forecasts sales of the south", "7"
        ),
        service(
            "rg-scoring",
            "churn-nightly",
            WORKSPACE_ID,
            "Churn nightly",
            "Scores whoever called support today",
            "Mira Owner",
            "29",
        ),
    )


def sample_plans() -> tuple[CommitmentPlan, ...]:
    """Give two plans: one of a service of `churn-lab`, one of somebody else's service."""
    churn, _, sales, _ = sample_services()
    return (
        CommitmentPlan(
            SUBSCRIPTION,
            "rg-ml",
            "plan-s1",
            milliseconds("2018-05-01T09:00:00"),
            (Association("assoc-1", churn.id, _AT),),
            ((milliseconds("2018-05-23T00:00:00"), 1_000),),
            (("contact", MIRA.email), ("purpose", "scoring of churn-lab")),
        ),
        CommitmentPlan(
            SUBSCRIPTION,
            "rg-sales",
            "plan-sales",
            milliseconds("2018-05-02T09:00:00"),
            (Association("assoc-7", sales.id, _AT),),
            tags=(("purpose", "forecasts of sales-lab"),),
        ),
    )
