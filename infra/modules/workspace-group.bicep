// What the two identities may do in a resource group that holds workspaces of one service.

@description('What the roles\' names begin with.')
param prefix string

@description('Custom roles of this environment, and the principals that get them.')
param grants { role: string, principalId: string }[]

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants: {
    name: guid(resourceGroup().id, prefix, each.role, 'assignment')
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
