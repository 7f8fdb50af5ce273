// The roles that workspaces of one subscription need, and the reads that have to see all of it.
//
// Each role is as narrow as a scope can use it; no built-in role is: Reader sees every resource,
// Contributor may delete them. The actions are those of Microsoft's lists of the providers'
// operations (articles/role-based-access-control/permissions of MicrosoftDocs/azure-docs,
// ai-machine-learning.md), and of what each call of Azure Files needs (Authorize with Microsoft
// Entra ID, of the Storage Services REST API). docs/security.md says which are inferred.

targetScope = 'subscription'

@description('What the roles\' names begin with; one set an environment.')
param prefix string

@description('Principal id of the identity that reads.')
param runPrincipalId string

@description('Principal id of the identity that deletes.')
param deletePrincipalId string

@description('Whether a classic workspace of this subscription has New web services and plans to look for.')
param hasClassic bool

@description('Whether there is a configured workspace, of either service, whose deletes are followed.')
param hasWorkspaces bool

@description('Whether the app finds the workspaces of this subscription by itself.')
param isDiscovered bool

var azureml = 'Microsoft.MachineLearningServices'

var definitions = {
  // New web services and plans lie in any group of the subscription, and name their workspace.
  servicesReader: {
    title: 'services reader'
    description: 'Lists New web services and commitment plans of Studio (classic).'
    actions: [
      'Microsoft.MachineLearning/webServices/read'
      'Microsoft.MachineLearning/commitmentPlans/read'
      'Microsoft.MachineLearning/commitmentPlans/commitmentAssociations/read'
    ]
    dataActions: []
  }
  // On the group and not on the workspace: once that is gone, only so is the answer 404, not 403.
  workspaceReader: {
    title: 'workspace reader'
    description: 'Reads the resource of a Studio (classic) workspace; no token.'
    actions: ['Microsoft.MachineLearning/Workspaces/read']
    dataActions: []
  }
  tokenReader: {
    title: 'workspace token reader'
    description: 'Asks for the authorization token of a Studio (classic) workspace, which equals its owner.'
    actions: ['Microsoft.MachineLearning/Workspaces/listworkspacekeys/action']
    dataActions: []
  }
  servicesEraser: {
    title: 'services eraser'
    description: 'Deletes New web services and commitment plans of Studio (classic).'
    actions: [
      'Microsoft.MachineLearning/webServices/read'
      'Microsoft.MachineLearning/webServices/delete'
      'Microsoft.MachineLearning/commitmentPlans/delete'
    ]
    dataActions: []
  }
  workspaceEraser: {
    title: 'workspace eraser'
    description: 'Deletes a Studio (classic) workspace.'
    actions: ['Microsoft.MachineLearning/Workspaces/delete']
    dataActions: []
  }
  // Reads of kinds and of the regional services: no list says which action a regional one asks for.
  // Three actions that end in read give secrets; those that end in action change things or give keys.
  azuremlReader: {
    title: 'azureml reader'
    description: 'Reads all of an Azure Machine Learning workspace but secrets.'
    actions: ['${azureml}/workspaces/*/read']
    notActions: [
      '${azureml}/workspaces/*/action'
      '${azureml}/workspaces/connections/listsecrets/action'
      '${azureml}/workspaces/datastores/listSecrets/action'
      '${azureml}/workspaces/listKeys/action'
      '${azureml}/workspaces/listNotebookAccessToken/read'
      '${azureml}/workspaces/listNotebookKeys/read'
      '${azureml}/workspaces/metadata/secrets/read'
    ]
    dataActions: []
  }
  // On the group, as workspaceReader is: a workspace that was purged has to answer 404.
  azuremlWorkspaceReader: {
    title: 'azureml workspace reader'
    description: 'Reads the resource of an Azure Machine Learning workspace, and nothing in it.'
    actions: ['${azureml}/workspaces/read']
    dataActions: []
  }
  azuremlEraser: {
    title: 'azureml eraser'
    description: 'Cancels and deletes jobs, and deletes versions of assets and schedules.'
    actions: [
      '${azureml}/workspaces/codes/versions/delete'
      '${azureml}/workspaces/components/versions/delete'
      '${azureml}/workspaces/data/versions/delete'
      '${azureml}/workspaces/environments/versions/delete'
      '${azureml}/workspaces/jobs/cancel/action'
      '${azureml}/workspaces/jobs/delete'
      '${azureml}/workspaces/models/versions/delete'
      '${azureml}/workspaces/schedules/delete'
    ]
    dataActions: []
  }
  azuremlPurger: {
    title: 'azureml workspace eraser'
    description: 'Purges an Azure Machine Learning workspace.'
    actions: ['${azureml}/workspaces/delete']
    dataActions: []
  }
  workspaceFinder: {
    title: 'workspace finder'
    description: 'Lists the workspaces of both services in a subscription.'
    actions: ['Microsoft.MachineLearning/Workspaces/read', '${azureml}/workspaces/read']
    dataActions: []
  }
  // An operation is of a region and not of a workspace.
  operationsReader: {
    title: 'operations reader'
    description: 'Asks how far a delete is.'
    actions: [
      'Microsoft.MachineLearning/locations/operationsstatus/read'
      '${azureml}/locations/mfeOperationsStatus/read'
      '${azureml}/locations/workspaceOperationsStatus/read'
    ]
    dataActions: []
  }
  folderEraser: {
    title: 'folder eraser'
    description: 'Deletes files and folders in file shares; reads none.'
    actions: []
    dataActions: [
      'Microsoft.Storage/storageAccounts/fileServices/fileshares/files/delete'
      'Microsoft.Storage/storageAccounts/fileServices/fileshares/files/write'
      'Microsoft.Storage/storageAccounts/fileServices/writeFileBackupSemantics/action'
    ]
  }
  leftoverEraser: {
    title: 'leftover eraser'
    description: 'Looks for and deletes the blobs that deleted assets left in a workspace\'s storage account.'
    actions: []
    dataActions: [
      'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
      'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'
    ]
  }
}

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for each in items(definitions): {
    name: guid(subscription().id, prefix, each.key)
    properties: {
      // names of roles are unique in a tenant
      roleName: '${prefix} ${each.value.title} (${take(subscription().subscriptionId, 8)})'
      description: each.value.description
      type: 'CustomRole'
      assignableScopes: [subscription().id]
      permissions: [
        {
          actions: each.value.actions
          notActions: each.value.?notActions ?? []
          dataActions: each.value.dataActions
          notDataActions: []
        }
      ]
    }
  }
]

var wide = [
  { role: 'servicesReader', who: 'run', principalId: runPrincipalId, needed: hasClassic }
  { role: 'workspaceFinder', who: 'run', principalId: runPrincipalId, needed: isDiscovered }
  { role: 'operationsReader', who: 'delete', principalId: deletePrincipalId, needed: hasWorkspaces || isDiscovered }
]

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in wide: if (each.needed) {
    name: guid(subscription().id, prefix, each.role, each.who)
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        guid(subscription().id, prefix, each.role)
      )
      principalId: each.principalId
      principalType: 'ServicePrincipal'
    }
    dependsOn: [role]
  }
]
