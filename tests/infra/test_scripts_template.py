"""The scripts and the template fit: outputs that are read, variables that are set, role names."""

import re
from pathlib import Path

from tests.infra.conftest import OUTPUTS

INFRA = Path(__file__).parents[2] / "infra"


def template(name: str) -> str:
    return (INFRA / name).read_text("utf-8")


def test_the_template_gives_every_output_that_the_scripts_read():
    given = set(re.findall(r"^output (\w+) ", template("main.bicep"), flags=re.M))
    assert set(OUTPUTS) <= given
    scripts = "".join(path.read_text("utf-8") for path in INFRA.glob("*.sh"))
    assert all(name in scripts for name in OUTPUTS)


def test_the_template_is_deployed_to_a_subscription():
    assert "\ntargetScope = 'subscription'\n" in template("main.bicep")


def test_the_parameters_file_reads_every_variable_that_deploy_sets():
    read = set(re.findall(r"readEnvironmentVariable\(\s*'(\w+)'", template("main.bicepparam")))
    text = (INFRA / "deploy.sh").read_text("utf-8")
    exported = set(re.findall(r"\b((?:AZURE|DSR)_[A-Z_]+)=", text))
    assert {"AZURE_ENV_NAME", "DSR_WORKSPACES", "AZURE_PRINCIPAL_ID"} <= exported
    assert exported <= read


def test_custom_roles_begin_with_the_prefix_that_teardown_looks_for():
    assert "roleName: '${prefix} " in template("modules/workspace-subscription.bicep")
