// The data account: requests, packages, evidence and the queues.

import { perimeter } from 'types.bicep'

@description('Azure region.')
param location string

@description('Name of the account.')
param name string

@description('Redundancy.')
param sku string

@description('How the account is reached.')
param access perimeter

@description('Days after which the app deletes a package.')
param exportRetentionDays int

@description('Days for which evidence can be neither changed nor deleted.')
param evidenceRetentionDays int

@description('Log Analytics workspace of the account\'s own logs.')
param logWorkspaceId string

@description('Log reads as well, so that each use of a package link shows.')
param logReads bool

@description('Principal id of the identity that the app runs with.')
param runPrincipalId string

@description('Principals (service principals) that may put messages on dsr-requests.')
param senderPrincipalIds string[]

@description('Tags of every resource.')
param tags object

var containers = ['dsr-ledger', 'dsr-exports', 'dsr-evidence']
var work = ['dsr-requests', 'dsr-plan', 'dsr-export', 'dsr-delete', 'dsr-finish']
// The poison queues too: their handlers bind when the host starts.
var queues = concat(work, map(work, queue => '${queue}-poison'))
// Where the app did not delete a package in time, the platform does.
var exportGraceDays = 7

var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobDelegator: 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  queueSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
}
var logCategories = concat(logReads ? ['StorageRead'] : [], ['StorageWrite', 'StorageDelete'])

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
      // the lifecycle rule counts as a trusted service
      bypass: 'AzureServices'
      defaultAction: access.mode == 'public' ? 'Allow' : 'Deny'
      ipRules: [for range in access.allowedIpRanges: { value: range, action: 'Allow' }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    // All off on purpose: what the app overwrites or deletes would keep the subject for so long.
    deleteRetentionPolicy: { enabled: false }
    containerDeleteRetentionPolicy: { enabled: false }
    restorePolicy: { enabled: false }
    changeFeed: { enabled: false }
    isVersioningEnabled: false
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [
  for name in containers: {
    parent: blobs
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = {
  parent: container[indexOf(containers, 'dsr-evidence')]
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: evidenceRetentionDays
    // The audit chain is an append blob: it may grow, and nothing in it may change.
    allowProtectedAppendWrites: true
  }
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-exports'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['dsr-exports/'] }
            actions: {
              baseBlob: {
                delete: { daysAfterModificationGreaterThan: exportRetentionDays + exportGraceDays }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = [
  for name in queues: {
    parent: queueService
    name: name
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'to-log-analytics'
  properties: {
    workspaceId: logWorkspaceId
    logs: [for category in logCategories: { category: category, enabled: true }]
  }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queueService
  name: 'to-log-analytics'
  properties: {
    workspaceId: logWorkspaceId
    // Reads are the host's polling, thousands an hour.
    logs: [for category in ['StorageWrite', 'StorageDelete']: { category: category, enabled: true }]
  }
}

resource writesBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, number) in containers: {
    scope: container[number]
    name: guid(account.id, name, 'run', roles.blobContributor)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
      principalId: runPrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource usesQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, number) in queues: {
    scope: queue[number]
    name: guid(account.id, name, 'run', roles.queueContributor)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
      principalId: runPrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

// Signing links needs a user delegation key, which is asked of the account and not of a container.
resource signsLinks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, 'run', roles.blobDelegator)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDelegator)
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principal in senderPrincipalIds: {
    scope: queue[indexOf(queues, 'dsr-requests')]
    name: guid(account.id, 'dsr-requests', principal, roles.queueSender)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueSender)
      principalId: principal
      principalType: 'ServicePrincipal'
    }
  }
]

output id string = account.id
