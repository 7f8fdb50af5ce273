"""Made-up payloads of Studio (classic) under its real field names (the facts' section 14)."""

from typing import Any

WORKSPACE_ID = "0f3c9a7e5b1d4c2a8e6f70112233aabb"
DATASET_ID = f"{WORKSPACE_ID}.7d21c0de4b5a4f0e9c3d5566778899aa.v1-default-12"
EXPERIMENT_ID = f"{WORKSPACE_ID}.f-id.a1b2c3d4e5f60718293a4b5c6d7e8f90"
NODE = "2b9d7c10-1a2b-4c3d-8e4f-556677889900-41"
API = f"https://europewest.studioapi.azureml.net/api/workspaces/{WORKSPACE_ID}"
BLOB = "https://churnlabstore.blob.core.windows.net/"
PORTAL = "https://europewest.studio.azureml.net/"


def endpoint(base: str, location: str, credential: str, size: int = -1, **more: Any) -> Any:
    return {
        "BaseUri": base,
        "Size": size,
        "Name": "",
        "EndpointType": "SasEndpoint",
        "CredentialContainer": "Inline",
        "AccessCredential": credential,
        "Location": location,
        "FileType": "File",
        "IsAuxiliary": False,
    } | more


WORKSPACE = {
    "WorkspaceId": WORKSPACE_ID,
    "FriendlyName": "churn-lab",
    "Description": "Customer churn study",
    "HDInsightClusterConnectionString": None,
    "AuthorizationToken": {"PrimaryToken": "REDACTED", "SecondaryToken": "REDACTED"},
    "OwnerEmail": "mira.owner@example.org",
    "UserStorage": "churnlabstore",
    "UserStorageKey": "REDACTED",
    "Region": "West Europe",
    "WorkspaceStatus": "Enabled",
    "Type": "PaidStandard",
    "CreatedTime": "/Date(1525165200000)/",
    "OwnerPrincipalId": "1003BFFD00000001",
    "Tags": None,
}
USERS = [
    {
        "Status": "Active",
        "User": {
            "Email": "mira.owner@example.org",
            "Name": "Mira Owner",
            "Role": "Owner",
            "UserId": "5e0b7c1f2a3d4e5f8a9b0c1d2e3f4a5b",
        },
    },
    {
        "Status": "Pending",
        "User": {
            "Email": "tomas.user@example.org",
            "Name": "Tomas User",
            "Role": "User",
            "UserId": "c4d5e6f708192a3b4c5d6e7f8091a2b3",
        },
    },
]
DATASET = {
    "VisualizeEndPoint": endpoint(PORTAL, "api/sharedaccess", "?workspaceId=x&signature=REDACTED"),
    "SchemaEndPoint": endpoint(BLOB, "uploadedresources/7d21_schema.json", "?sv=2015&sig=R", 812),
    "SchemaStatus": "Complete",
    "Id": DATASET_ID,
    "DataTypeId": "GenericCSV",
    "Name": "customers-2018.csv",
    "Description": "Export of 4,210 customers",
    "FamilyId": "7d21c0de4b5a4f0e9c3d5566778899aa",
    "ResourceUploadId": "b0a1928374655647382910aabbccddee",
    "SourceOrigin": "FromResourceUpload",
    "Size": 1048576,
    "CreatedDate": "/Date(1526900400000)/",
    "CreatedDateTicks": 636624972000000000,
    "Owner": "Tomas User",
    "ExperimentId": None,
    "ClientVersion": None,
    "PromotedFrom": None,
    "UploadedFromFilename": "customers-2018.csv",
    "ServiceVersion": 0,
    "IsLatest": True,
    "Category": None,
    "DownloadLocation": endpoint(
        BLOB,
        "uploadedresources/7d21.csv",
        "?sv=2015-02-21&sr=b&sig=OLD&se=2018-05-23T08%3A05%3A00Z&sp=r",
        1048576,
    ),
    "IsDeprecated": False,
    "Culture": "default",
    "Batch": 12,
}
EXPERIMENT: dict[str, Any] = {
    "ExperimentId": EXPERIMENT_ID,
    "RunId": f"{WORKSPACE_ID}.s-id.a1b2c3d4e5f60718293a4b5c6d7e8f90.9951-08-12t13.13.19",
    "ParentExperimentId": f"{WORKSPACE_ID}.s-id.a1b2c3d4e5f60718293a4b5c6d7e8f90.9951-08-12t14.00",
    "OriginalExperimentDocumentationLink": None,
    "Summary": "First try",
    "Description": "Churn training",
    "Graph": {
        "ModuleNodes": [
            {
                "Id": NODE,
                "ModuleId": "506153734175476c4f62416c57734963.5cc7053eaa30450d.v1-default-1562",
                "Comment": "train on customers",
                "ModuleParameters": [
                    {"ValueType": "Literal", "Name": "Label column", "Value": "churned"}
                ],
            }
        ]
    },
    "Status": {"StatusCode": "Finished", "StatusDetail": "None"},
    "NodeStatuses": [
        {
            "NodeId": NODE,
            "Status": {"StatusCode": "Finished", "StatusDetail": "None"},
            "StandardErrorEndpoint": None,
            "StandardOutEndpoint": None,
            "OutputEndpoints": [
                endpoint(
                    PORTAL,
                    "api/sharedaccess",
                    "?workspaceId=x&signature=OLD",
                    24751,
                    Name="Trained model",
                )
            ],
            "MetadataOutputEndpoints": {"Trained model": []},
        }
    ],
    "Creator": "t-user",
    "IsLeaf": True,
    "Category": "user",
    "Tags": ["churn"],
    "IsPartialRun": False,
}
ANNOTATIONS = [
    {
        "Id": "an-0001",
        "ParentAnnotationId": None,
        "ExperimentId": EXPERIMENT_ID,
        "Content": "ask Tomas about row 17",
        "IsCollapsed": False,
        "NodeId": NODE,
        "Edge": None,
    }
]


def lower(payload: Any) -> Any:
    """The same payload with the first letter of every key in lower case."""
    if isinstance(payload, dict):
        return {k[:1].lower() + k[1:]: lower(v) for k, v in payload.items()}
    return [lower(v) for v in payload] if isinstance(payload, list) else payload
