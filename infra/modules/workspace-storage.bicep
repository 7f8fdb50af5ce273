// What the deleting identity may do in a workspace's own storage account; the other one: nothing.

@description('Name of the account.')
param name string

@description('What the roles\' names begin with.')
param prefix string

@description('Principal id of the identity that deletes.')
param deletePrincipalId string

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: name
}

resource erases 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, prefix, 'leftoverEraser', 'delete')
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      guid(subscription().id, prefix, 'leftoverEraser')
    )
    principalId: deletePrincipalId
    principalType: 'ServicePrincipal'
  }
}
