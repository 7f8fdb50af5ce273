// Two identities, so that what runs all day can't delete by mistake: see docs/security.md.

@description('Azure region.')
param location string

@description('Name of the identity that the app runs and reads with.')
param runName string

@description('Name of the identity that is asked for inside an approved delete only.')
param deleteName string

@description('Tags of every resource.')
param tags object

resource run 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: runName
  location: location
  tags: tags
}

resource delete 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: deleteName
  location: location
  tags: tags
}

output runId string = run.id
output runClientId string = run.properties.clientId
output runPrincipalId string = run.properties.principalId
output deleteId string = delete.id
output deleteClientId string = delete.properties.clientId
output deletePrincipalId string = delete.properties.principalId
