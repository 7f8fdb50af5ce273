// What the two identities may do in a workspace's own storage account.
//
// For Studio (classic) the reading one may do nothing. What it reads for Azure Machine Learning it
// reads by Microsoft's own roles, of its list of built-in roles for storage: both only read.

@description('Name of the account.')
param name string

@description('What the roles\' names begin with.')
param prefix string

@description('Whether exports read blobs here: files of assets of Azure Machine Learning.')
param holdsFiles bool

@description('Whether people\'s folders in its file shares are read and deleted.')
param holdsFolders bool

@description('Principal ids of the two identities.')
param runPrincipalId string
param deletePrincipalId string

var blobReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var filePrivilegedReader = 'b8eda974-7b85-4f76-af95-65846b26df6d'

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

resource readsFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (holdsFiles) {
  scope: account
  name: guid(account.id, prefix, blobReader, 'run')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobReader)
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource readsFolders 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (holdsFolders) {
  scope: account
  name: guid(account.id, prefix, filePrivilegedReader, 'run')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', filePrivilegedReader)
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource erasesFolders 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (holdsFolders) {
  scope: account
  name: guid(account.id, prefix, 'folderEraser', 'delete')
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      guid(subscription().id, prefix, 'folderEraser')
    )
    principalId: deletePrincipalId
    principalType: 'ServicePrincipal'
  }
}
