"""The standard workspace `churn-lab`: paid, several people, a storage account of its own."""

from sandbox.studio.identifiers import milliseconds, token
from sandbox.studio.model import Workspace
from sandbox.studio.sample.awkward import awkward_families
from sandbox.studio.sample.churn_assets import (
    churn_gateways,
    churn_models,
    churn_modules,
    churn_notebooks,
    churn_projects,
    churn_transforms,
)
from sandbox.studio.sample.churn_datasets import WORKSPACE_ID, churn_families
from sandbox.studio.sample.churn_experiments import churn_experiments
from sandbox.studio.sample.churn_services import churn_services
from sandbox.studio.sample.microsoft import (
    built_in_modules,
    sample_experiments,
    sample_families,
)
from sandbox.studio.sample.people import JONAS, LEA, MIRA, TOMAS, ZOE


def churn_lab() -> Workspace:
    """Give the workspace. Its record has every field that the public clients read."""
    return Workspace(
        name="churn-lab",
        account_kind="standard",
        workspace_type="PaidStandard",
        region="westeurope",
        region_name="West Europe",
        workspace_id=WORKSPACE_ID,
        created=milliseconds("2018-05-01T09:00:00"),
        primary_token=token("primary", WORKSPACE_ID),
        secondary_token=token("secondary", WORKSPACE_ID),
        blob_account="churnlabstore",
        description="Customer churn study",
        owner_email=MIRA.email,
        owner_principal_id="1003BFFD00000001",
        storage_account="churnlabstore",
        storage_key=token("storage", WORKSPACE_ID),
        subscription_id="11111111-2222-3333-4444-555555555555",
        subscription_name="Research",
        resource_group="rg-ml",
        tenant_id="99999999-8888-7777-6666-555555555555",
        users=(MIRA, TOMAS, LEA, JONAS, ZOE),
        families=churn_families() + awkward_families(WORKSPACE_ID, TOMAS.name),
        experiments=churn_experiments(),
        sample_families=sample_families(),
        sample_experiments=sample_experiments(),
        models=churn_models(),
        transforms=churn_transforms(),
        modules=built_in_modules() + churn_modules(),
        notebooks=churn_notebooks(),
        projects=churn_projects(),
        gateways=churn_gateways(),
        services=churn_services(),
    )
