// The host's own account: function keys, timer locks and the app's package; no request, no subject.

import { perimeter } from 'types.bicep'

@description('Azure region.')
param location string

@description('Name of the account.')
param name string

@description('Redundancy. What stands here can be made again.')
param sku string

@description('Container of the deployed package.')
param packageContainer string

@description('How the account is reached.')
param access perimeter

@description('Principal id of the identity that the app runs with.')
param runPrincipalId string

@description('Tags of every resource.')
param tags object

// The host has to own its blobs: it keeps leases and function keys in them.
var blobOwner = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
)

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: access.mode == 'public' || !empty(access.allowedIpRanges) ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: access.mode == 'public' ? 'Allow' : 'Deny'
      ipRules: [for range in access.allowedIpRanges: { value: range, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource package 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }
  }
}

resource owns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, 'run', blobOwner)
  properties: {
    roleDefinitionId: blobOwner
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output id string = account.id
output packageUri string = '${account.properties.primaryEndpoints.blob}${packageContainer}'
