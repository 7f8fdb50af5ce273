// What the two identities may do in a resource group that holds Studio (classic) workspaces.

@description('What the roles\' names begin with.')
param prefix string

@description('Principal ids of the two identities.')
param runPrincipalId string
param deletePrincipalId string

var grants = [
  { role: 'workspaceReader', principal: runPrincipalId }
  { role: 'servicesEraser', principal: deletePrincipalId }
]

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants: {
    name: guid(resourceGroup().id, prefix, each.role, 'assignment')
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        guid(subscription().id, prefix, each.role)
      )
      principalId: each.principal
      principalType: 'ServicePrincipal'
    }
  }
]
