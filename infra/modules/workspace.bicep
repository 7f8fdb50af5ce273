// What the two identities may do on one Studio (classic) workspace.

@description('Name of the workspace.')
param name string

@description('What the roles\' names begin with.')
param prefix string

@description('Whether the app asks Azure for the token, having none in its settings.')
param asksForToken bool

@description('Principal ids of the two identities.')
param runPrincipalId string
param deletePrincipalId string

resource workspace 'Microsoft.MachineLearning/workspaces@2019-10-01' existing = {
  name: name
}

resource readsToken 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (asksForToken) {
  scope: workspace
  name: guid(workspace.id, prefix, 'tokenReader', 'run')
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      guid(subscription().id, prefix, 'tokenReader')
    )
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource erases 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: workspace
  name: guid(workspace.id, prefix, 'workspaceEraser', 'delete')
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      guid(subscription().id, prefix, 'workspaceEraser')
    )
    principalId: deletePrincipalId
    principalType: 'ServicePrincipal'
  }
}
