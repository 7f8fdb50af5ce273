// Workspace tokens, the hash key and the signing key. This template reads and writes none of them.

import { perimeter } from 'types.bicep'

@description('Azure region.')
param location string

@description('Name of the vault.')
param name string

@description('How the vault is reached.')
param access perimeter

@description('Principal id of the identity that the app runs with.')
param runPrincipalId string

@description('Principal that may put secrets in, empty for nobody.')
param vaultOfficerPrincipalId string

@description('What kind of principal that is.')
param vaultOfficerPrincipalType ('User' | 'Group' | 'ServicePrincipal')

@description('Bring back the vault of this name that was deleted, with its secrets.')
param recover bool

@description('Log Analytics workspace of the vault\'s own log.')
param logWorkspaceId string

@description('Tags of every resource.')
param tags object

var secretsUser = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '4633458b-17de-408a-b874-0445c86b69e6'
)
var secretsOfficer = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
)

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    createMode: recover ? 'recover' : 'default'
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // A hash key that is lost makes every reference meaningless, so nobody can purge it in a hurry.
    enablePurgeProtection: true
    publicNetworkAccess: access.mode == 'public' || !empty(access.allowedIpRanges) ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: access.mode == 'public' ? 'Allow' : 'Deny'
      ipRules: [for range in access.allowedIpRanges: { value: range }]
    }
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, 'run', secretsUser)
  properties: {
    roleDefinitionId: secretsUser
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource puts 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(vaultOfficerPrincipalId)) {
  scope: vault
  name: guid(vault.id, vaultOfficerPrincipalId, secretsOfficer)
  properties: {
    roleDefinitionId: secretsOfficer
    principalId: vaultOfficerPrincipalId
    principalType: vaultOfficerPrincipalType
  }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: logWorkspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

output id string = vault.id
output uri string = vault.properties.vaultUri
