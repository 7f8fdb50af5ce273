// What the two identities may do on one workspace of Azure Machine Learning.

@description('Name of the workspace.')
param name string

@description('What the roles\' names begin with.')
param prefix string

@description('Whether the workspace itself may be purged.')
param mayPurge bool

@description('Principal ids of the two identities.')
param runPrincipalId string
param deletePrincipalId string

var always = [
  { role: 'azuremlReader', principalId: runPrincipalId }
  { role: 'azuremlEraser', principalId: deletePrincipalId }
]
var grants = mayPurge ? concat(always, [{ role: 'azuremlPurger', principalId: deletePrincipalId }]) : always

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: name
}

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants: {
    scope: workspace
    name: guid(workspace.id, prefix, each.role, 'assignment')
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        guid(subscription().id, prefix, each.role)
      )
      principalId: each.principalId
      principalType: 'ServicePrincipal'
    }
  }
]
