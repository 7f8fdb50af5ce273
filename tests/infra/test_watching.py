"""Logs, alerts and the budget: who is told, of what, and that the log says it."""

import re

import pytest

from tests.fakes.functions import functions
from tests.infra.deployment import EVERY_SET, Deployment, deployment
from tests.unit.test_monitoring import LINES, OPERATOR, QUERIES

RULE = "Microsoft.Insights/scheduledQueryRules"
NAMES = {
    "overdue",
    "failed",
    "poison",
    "poison-unhandled",
    "no-sweep",
    "unavailable",
    "refused",
}
PERIODS = {"PT15M", "PT30M", "PT1H"}


def queries() -> dict[str, str]:
    """Give what each rule asks, by the rule's name without the environment's."""
    return {
        rule["name"].removeprefix("dsr-prod-"): rule["properties"]["criteria"]["allOf"][0]["query"]
        for rule in deployment("default").of(RULE)
    }


@EVERY_SET
def test_there_is_an_alert_for_what_nobody_may_miss(made: Deployment):
    rules = made.of(RULE)
    assert {re.sub(r"^dsr-[a-z]+-", "", rule["name"]) for rule in rules} == NAMES
    group = made.one("Microsoft.Insights/actionGroups")
    component = made.one("Microsoft.Insights/components")
    for rule in rules:
        properties = rule["properties"]
        assert properties["enabled"] is True
        assert properties["scopes"] == [component["id"]]
        assert properties["actions"] == {"actionGroups": [group["id"]]}
        assert {properties["evaluationFrequency"], properties["windowSize"]} <= PERIODS
        assert properties["severity"] in range(5)


@EVERY_SET
def test_alerts_and_the_budget_reach_somebody(made: Deployment):
    receivers = made.one("Microsoft.Insights/actionGroups")["properties"]["emailReceivers"]
    assert [r["emailAddress"] for r in receivers] == ["privacy@example.org"]
    notices = made.one("Microsoft.Consumption/budgets")["properties"]["notifications"]
    assert {n["thresholdType"]: n["threshold"] for n in notices.values()} == {
        "Actual": 80,
        "Forecasted": 100,
    }
    assert all(n["contactEmails"] == ["privacy@example.org"] for n in notices.values())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_alert_looks_for_texts_that_are_really_logged(name: str):
    query = queries()[name]
    wanted = OPERATOR.findall(query)
    assert wanted or query.startswith("requests")
    for column, operator, text in wanted:
        assert column == "message"
        pattern = text if operator == "matches regex" else re.escape(text)
        hits = [line for line in LINES if re.search(pattern, line.text)]
        assert hits, text
        if "severityLevel >= 3" in query:
            assert any(line.is_error for line in hits), text


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_alert_is_a_query_of_the_page_on_monitoring(name: str):
    """Whoever gets the mail can paste the page's query and see the same."""
    asked = {text for _, _, text in OPERATOR.findall(queries()[name])}
    shown = {text for query in QUERIES for _, _, text in OPERATOR.findall(query)}
    assert asked <= shown
    conditions = re.findall(r'(?:resultCode|name|success) == "?\w+"?', queries()[name])
    assert all(any(c in query for query in QUERIES) for c in conditions)
    assert asked or conditions


def test_the_sweeper_that_is_missed_is_a_function_of_the_app():
    assert set(re.findall(r'\bname == "(\w+)"', queries()["no-sweep"])) <= set(functions())
    (rule,) = (r for r in deployment("default").of(RULE) if r["name"].endswith("no-sweep"))
    (criterion,) = rule["properties"]["criteria"]["allOf"]
    assert (criterion["operator"], criterion["threshold"]) == ("LessThan", 1)


@EVERY_SET
def test_storage_that_does_not_answer_is_an_alert(made: Deployment):
    alert = made.one("Microsoft.Insights/metricAlerts")["properties"]
    (criterion,) = alert["criteria"]["allOf"]
    assert (criterion["metricName"], criterion["operator"]) == ("Availability", "LessThan")
    (scope,) = alert["scopes"]
    assert scope == made.one("Microsoft.Storage/storageAccounts", "stdsrdata")["id"]
    group = made.one("Microsoft.Insights/actionGroups")["id"]
    assert alert["actions"] == [{"actionGroupId": group}]


@EVERY_SET
def test_nobody_writes_telemetry_by_a_key(made: Deployment):
    workspace = made.one("Microsoft.OperationalInsights/workspaces")
    component = made.one("Microsoft.Insights/components")["properties"]
    assert workspace["properties"]["features"]["disableLocalAuth"] is True
    assert component["DisableLocalAuth"] is True
    assert component["WorkspaceResourceId"] == workspace["id"]
    said = made.settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]
    assert said.startswith("[format('ClientId={0};Authorization=AAD', ")
    assert "-run-" in said


@EVERY_SET
def test_logs_and_cost_are_bounded_where_that_is_asked_for(made: Deployment):
    workspace = made.one("Microsoft.OperationalInsights/workspaces")["properties"]
    small = made.name == "smallest"
    assert workspace["retentionInDays"] == (30 if small else 90)
    assert workspace["workspaceCapping"] == {"dailyQuotaGb": 1 if small else -1}
    budget = made.one("Microsoft.Consumption/budgets")["properties"]
    expected = {"default": 100, "entra": 100, "private": 150, "smallest": 20}
    assert (budget["amount"], budget["timeGrain"]) == (expected[made.name], "Monthly")
