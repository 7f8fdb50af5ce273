// The Flex Consumption app, its settings and, where asked for, who has to sign in.

import { alwaysReadyGroup, workspaceTarget } from 'types.bicep'

@description('Azure region.')
param location string

@description('Name of the app.')
param name string

@description('Name of its plan.')
param planName string

@description('Python version of the worker.')
param pythonVersion string

@description('Memory of an instance, in MB.')
param instanceMemoryMB int

@description('Instances that the app grows to at most.')
param maximumInstanceCount int

@description('HTTP calls that an instance takes at once.')
param httpConcurrency int

@description('Instances that never go away.')
param alwaysReady alwaysReadyGroup[]

@description('Spread instances over zones.')
param zoneRedundant bool

@description('Subnet that the app goes out from, empty for none.')
param subnetId string

@description('private: the app answers through a private endpoint only.')
param inbound ('public' | 'private')

@description('Resource ids of the two identities.')
param runIdentityId string
param deleteIdentityId string

@description('Client ids of the two identities.')
param runClientId string
param deleteClientId string

@description('Names of the host account and of the data account.')
param hostStorageName string
param dataStorageName string

@description('Container of the deployed package, as a URI.')
param packageUri string

@description('Name of the vault that secrets are referred to in.')
param keyVaultName string

@description('Secret in the vault by app setting.')
param secretNames object

@description('Where telemetry goes.')
param applicationInsightsConnectionString string

@description('Workspace targets.')
param workspaces workspaceTarget[]

@description('The app\'s own numbers and switches, by the name of the setting.')
param options object

@description('Client id of the registration that callers sign in to, empty for function keys alone.')
param entraClientId string

@description('Tenant that callers sign in from.')
param entraTenantId string

@description('Tags of every resource.')
param tags object

var secrets = mapValues(secretNames, secret => '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=${secret})')

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  // azd finds the app that it publishes to by this tag
  tags: union(tags, { 'azd-service-name': 'processor' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${runIdentityId}': {}, '${deleteIdentityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientCertEnabled: false
    keyVaultReferenceIdentity: runIdentityId
    publicNetworkAccess: inbound == 'private' ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: runIdentityId
          }
        }
      }
      runtime: { name: 'python', version: pythonVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    // what a target or an option is named never replaces what stands further down
    properties: union(secrets, options, {
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${runClientId};Authorization=AAD'
      PYTHON_THREADPOOL_THREAD_COUNT: '20'
      AzureWebJobsStorage__blobServiceUri: 'https://${hostStorageName}.blob.${environment().suffixes.storage}'
      AzureWebJobsStorage__queueServiceUri: 'https://${hostStorageName}.queue.${environment().suffixes.storage}'
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: runClientId
      DsrStorage__blobServiceUri: 'https://${dataStorageName}.blob.${environment().suffixes.storage}'
      DsrStorage__queueServiceUri: 'https://${dataStorageName}.queue.${environment().suffixes.storage}'
      DsrStorage__credential: 'managedidentity'
      DsrStorage__clientId: runClientId
      // an empty list is an error to the app, and none is not
      DSR_WORKSPACES: empty(workspaces) ? '' : string(workspaces)
      DSR_ARM_ENDPOINT: environment().resourceManager
      DSR_DELETE_CLIENT_ID: deleteClientId
      DSR_ACCESS: empty(entraClientId) ? 'keys' : 'entra'
    })
  }

  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: !empty(entraClientId) }
      globalValidation: empty(entraClientId)
        ? { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
        : {
            requireAuthentication: true
            unauthenticatedClientAction: 'Return401'
            excludedPaths: ['/api/health', '/api/keys']
          }
      httpSettings: { requireHttps: true }
      identityProviders: empty(entraClientId)
        ? {}
        : {
            azureActiveDirectory: {
              enabled: true
              registration: {
                clientId: entraClientId
                openIdIssuer: '${environment().authentication.loginEndpoint}${entraTenantId}/v2.0'
              }
              validation: { allowedAudiences: [entraClientId, 'api://${entraClientId}'] }
            }
          }
      login: { tokenStore: { enabled: false } }
    }
  }
}

output id string = app.id
output hostname string = app.properties.defaultHostName
