// The roles that workspaces of one subscription need, and the reads that have to see all of it.
//
// Each role is as narrow as a scope can use it; no built-in role is: Reader sees every resource,
// Contributor may delete them. The actions are those of Microsoft's list of the provider's
// operations. What following a delete's operation asks for is not in that list: the service's own
// read is granted with the delete, in the belief that it is enough.

targetScope = 'subscription'

@description('What the roles\' names begin with; one set an environment.')
param prefix string

@description('Principal id of the identity that reads.')
param runPrincipalId string

@description('Whether a workspace of this subscription has New web services and plans to look for.')
param hasWorkspaces bool

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
          notActions: []
          dataActions: each.value.dataActions
          notDataActions: []
        }
      ]
    }
  }
]

var servicesReaderId = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  guid(subscription().id, prefix, 'servicesReader')
)

resource readsServices 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasWorkspaces) {
  name: guid(subscription().id, prefix, 'servicesReader', 'run')
  properties: {
    roleDefinitionId: servicesReaderId
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [role]
}
