"""The two accounts: no keys, nothing public, and on the data account nothing that outlives it."""

from dsr.model.messages import DELETE, QUEUES
from dsr.wiring import EVIDENCE, EXPORTS, LEDGER
from tests.fakes.functions import functions
from tests.infra.deployment import EVERY_SET, Deployment, Resource, deployment

ACCOUNT = "Microsoft.Storage/storageAccounts"
BLOBS = f"{ACCOUNT}/blobServices"
CONTAINER = f"{BLOBS}/containers"
QUEUE = f"{ACCOUNT}/queueServices/queues"


def data(made: Deployment) -> Resource:
    return made.one(ACCOUNT, "stdsrdata")


@EVERY_SET
def test_the_host_and_the_data_have_an_account_each(made: Deployment):
    assert len(made.of(ACCOUNT)) == 2
    package = made.one(CONTAINER, "app-package")
    assert package["name"].startswith("stdsrhost")
    site = made.one("Microsoft.Web/sites")["properties"]["functionAppConfig"]["deployment"]
    assert "stdsrhost" in site["storage"]["value"]
    assert "'app-package')" in site["storage"]["value"]
    assert site["storage"]["authentication"]["type"] == "UserAssignedIdentity"
    assert "-run-" in site["storage"]["authentication"]["userAssignedIdentityResourceId"]


@EVERY_SET
def test_no_account_has_keys_or_answers_in_the_clear_or_to_anybody(made: Deployment):
    for account in made.of(ACCOUNT):
        properties = account["properties"]
        assert properties["allowSharedKeyAccess"] is False
        assert properties["allowBlobPublicAccess"] is False
        assert properties["defaultToOAuthAuthentication"] is True
        assert properties["supportsHttpsTrafficOnly"] is True
        assert properties["minimumTlsVersion"] == "TLS1_2"
        assert properties["allowCrossTenantReplication"] is False
    for container in made.of(CONTAINER):
        assert container["properties"]["publicAccess"] == "None"


@EVERY_SET
def test_nothing_that_the_app_deletes_or_overwrites_on_the_data_account_is_kept(made: Deployment):
    service = made.one(BLOBS, "stdsrdata")["properties"]
    assert service["deleteRetentionPolicy"] == {"enabled": False}
    assert service["containerDeleteRetentionPolicy"] == {"enabled": False}
    assert service["isVersioningEnabled"] is False
    assert service["changeFeed"] == {"enabled": False}
    assert service["restorePolicy"] == {"enabled": False}


@EVERY_SET
def test_the_containers_are_those_that_the_code_writes_to(made: Deployment):
    assert made.named(CONTAINER) - {"app-package"} == {LEDGER, EXPORTS, EVIDENCE}


@EVERY_SET
def test_the_queues_are_those_that_the_functions_listen_to_each_with_its_poison(made: Deployment):
    triggers = [f.get_trigger().get_dict_repr() for f in functions().values()]
    listened = {t["queueName"] for t in triggers if t["type"] == "queueTrigger"}
    assert made.named(QUEUE) == listened
    assert {*QUEUES, DELETE} <= listened
    work = {name for name in listened if not name.endswith("-poison")}
    assert listened == work | {f"{name}-poison" for name in work}
    assert all(q["name"].startswith(f"{data(made)['name']}/default/") for q in made.of(QUEUE))


@EVERY_SET
def test_evidence_and_only_evidence_is_immutable_and_may_still_grow(made: Deployment):
    (policy,) = made.of(f"{CONTAINER}/immutabilityPolicies")
    assert policy["name"] == f"{data(made)['name']}/default/{EVIDENCE}/default"
    assert policy["properties"]["allowProtectedAppendWrites"] is True
    assert policy["properties"]["immutabilityPeriodSinceCreationInDays"] == 1095


@EVERY_SET
def test_packages_go_a_week_after_the_app_should_have_deleted_them(made: Deployment):
    (rule,) = made.one(f"{ACCOUNT}/managementPolicies")["properties"]["policy"]["rules"]
    definition = rule["definition"]
    assert rule["enabled"] is True
    assert definition["filters"] == {"blobTypes": ["blockBlob"], "prefixMatch": [f"{EXPORTS}/"]}
    days = definition["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
    assert days == int(made.settings["DSR_EXPORT_RETENTION_DAYS"]) + 7
    assert set(definition["actions"]) == {"baseBlob"}


@EVERY_SET
def test_who_touched_blobs_and_queues_is_logged(made: Deployment):
    logged = {
        s["id"].partition("/default/")[0].rpartition("/")[2]: {
            log["category"] for log in s["properties"]["logs"] if log["enabled"]
        }
        for s in made.of("Microsoft.Insights/diagnosticSettings")
        if "stdsrdata" in s["id"]
    }
    assert set(logged) == {"blobServices", "queueServices"}
    assert all({"StorageWrite", "StorageDelete"} <= categories for categories in logged.values())
    assert ("StorageRead" in logged["blobServices"]) == (made.name != "smallest")


def test_redundancy_is_over_zones_unless_cost_decides():
    assert data(deployment("default"))["sku"]["name"] == "Standard_ZRS"
    assert data(deployment("smallest"))["sku"]["name"] == "Standard_LRS"
