"""How the service writes a workspace's record and its users."""

from typing import Any

from sandbox.studio.identifiers import date
from sandbox.studio.model import User, Workspace


def workspace_payload(workspace: Workspace) -> dict[str, Any]:
    """Give GET `workspaces/{ws}`. It holds both tokens and the storage key, as the real one did."""
    account = workspace.storage_account
    return {
        "WorkspaceId": workspace.workspace_id,
        "FriendlyName": workspace.name,
        "Description": workspace.description,
        "HDInsightClusterConnectionString": None,
        "HDInsightStorageConnectionString": None,
        "UseDefaultHDInsightSettings": True,
        "AuthorizationToken": {
            "PrimaryToken": workspace.primary_token,
            "SecondaryToken": workspace.secondary_token,
        },
        "MigrationStatus": None,
        "OwnerEmail": workspace.owner_email,
        "UserStorage": account,
        "UserStorageKey": workspace.storage_key,
        "UserStorageArmId": workspace.storage_arm_id,
        "UserStorageBlobEndpoint": f"https://{account}.blob.core.windows.net/" if account else None,
        "SubscriptionId": workspace.subscription_id,
        "SubscriptionName": workspace.subscription_name,
        "SubscriptionState": "Enabled" if workspace.subscription_id else None,
        "Region": workspace.region_name,
        "WorkspaceStatus": "Enabled",
        "Type": workspace.workspace_type,
        "CreatedTime": date(workspace.created),
        "OwnerPrincipalId": workspace.owner_principal_id,
        "Tags": None,
        "KeyVaultKeyIdentifier": None,
        "MsIdentityUrl": None,
        "MsIdentityPrincipalOid": None,
        "MsIdentityClientId": None,
        "MsIdentityCertificate": None,
        "TenantId": workspace.tenant_id,
    }


def user_payload(user: User) -> dict[str, Any]:
    """Give one entry of GET `workspaces/{ws}/users`."""
    return {
        "Status": user.status,
        "User": {
            "Email": user.email,
            "Name": user.name,
            "Role": user.role,
            "UserId": user.user_id,
        },
    }
