"""The Functions app: composes the blueprints, nothing else."""

import azure.functions as func

from handlers import (
    http_decisions,
    http_evidence,
    http_health,
    http_holds,
    http_keys,
    http_openapi,
    http_package,
    http_requests,
    http_workspaces,
    queue_delete,
    queue_export,
    queue_finish,
    queue_plan,
    queue_requests,
    timer_sweep,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for module in (
    http_requests,
    http_decisions,
    http_package,
    http_holds,
    http_evidence,
    http_keys,
    http_workspaces,
    http_health,
    http_openapi,
    queue_requests,
    queue_plan,
    queue_export,
    queue_delete,
    queue_finish,
    timer_sweep,
):
    app.register_functions(module.bp)
