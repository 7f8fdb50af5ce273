// Everything that the processor needs: one resource group, and narrow roles on the workspaces.

targetScope = 'subscription'

import { alwaysReadyGroup, workspaceTarget } from 'modules/types.bicep'

@description('Name of the environment, part of every name: prod, test, …')
@minLength(2)
@maxLength(16)
param environmentName string

@description('Azure region of every resource.')
param location string

@description('Resource group to make.')
param resourceGroupName string = 'rg-dsr-${environmentName}'

@description('Workspaces that requests are answered for: DSR_WORKSPACES in docs/operations.md. None only with discoverSubscriptions.')
param workspaces workspaceTarget[]

@description('Ids of subscriptions in which the app finds workspaces by itself. It may list them there, and no more.')
param discoverSubscriptions string[] = []

@description('Who gets alerts and the budget\'s notices.')
@minLength(1)
param alertEmails string[]

@description('Secret in the vault by app setting, where it is not named like the setting (DSR_HASH_KEY: dsr-hash-key).')
param secretNames object = {}

@description('Object id of who puts the secrets into the vault; empty: that role is given elsewhere.')
param vaultOfficerPrincipalId string = ''

@description('What kind of principal that is.')
param vaultOfficerPrincipalType ('User' | 'Group' | 'ServicePrincipal') = 'User'

@description('Bring back the vault that a teardown deleted; it is kept for 90 days, and its name with it.')
param recoverKeyVault bool = false

@description('Object ids of service principals that may put messages on dsr-requests: privacy pipelines.')
param requestSenderPrincipalIds string[] = []

@description('Give the identities their roles on the workspaces. False where somebody else does, by the custom roles of docs/security.md.')
param assignWorkspaceRoles bool = true

@description('Resource ids of the workspaces\' storage accounts in which deletes look for what they left.')
param workspaceStorageIds string[] = []

@description('Resource ids of the storage accounts of Azure Machine Learning\'s workspaces: exports read files there, and deletes look for what they left.')
param azuremlStorageIds string[] = []

@description('Let deletes purge whole workspaces of Azure Machine Learning. Each still takes two approvals.')
param allowWorkspacePurge bool = false

@description('Version of Azure Resource Manager\'s API that workspaces of Azure Machine Learning are read by.')
param azuremlApiVersion string = '2025-12-01'

@description('What the token for the regional services of Azure Machine Learning is asked for. Another one only in a sovereign cloud.')
param azuremlScope string = 'https://ml.azure.com/.default'

@description('The most megabytes of one file that an export of Azure Machine Learning copies, by kind: { job: 500 }. Without it any size.')
param azuremlMaxMegabytes object = {}

@description('Client id of the app registration that callers sign in to; empty: function keys alone decide.')
param entraClientId string = ''

@description('Tenant that callers sign in from.')
param entraTenantId string = tenant().tenantId

@description('public: storage and vault answer on the internet, to identities only. private: through private endpoints.')
param network ('public' | 'private') = 'public'

@description('public: the app answers on the internet. private: through a private endpoint, and is published to from inside; needs network private.')
param inbound ('public' | 'private') = 'public'

@description('Address space of the network, /24 or larger.')
param addressPrefix string = '10.60.0.0/24'

@description('Public addresses (CIDR) that reach storage and vault all the same, where network is private: where secrets are put in from, or packages are read.')
param allowedIpRanges string[] = []

@description('Python version.')
param pythonVersion ('3.12' | '3.13') = '3.12'

@description('Memory of an instance, in MB. Sixteen batches at once hold sixteen times a few blocks of 8 MiB.')
param instanceMemoryMB (512 | 2048 | 4096) = 2048

@description('Instances at most. Some regions and API versions take no less than 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('HTTP calls that an instance takes at once. They share 20 threads with messages.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 4

@description('Instances that never go away, by group.')
param alwaysReady alwaysReadyGroup[] = []

@description('Spread instances over zones, which keeps at least two of each group ready.')
param zoneRedundant bool = false

@description('Redundancy of requests, packages and evidence.')
param dataStorageSku ('Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS') = 'Standard_ZRS'

@description('Redundancy of the host\'s own account.')
param hostStorageSku ('Standard_LRS' | 'Standard_ZRS') = 'Standard_LRS'

@description('Days for which evidence can be neither changed nor deleted. The policy is left unlocked.')
@minValue(1)
@maxValue(146000)
param evidenceRetentionDays int = 1095

@description('Days after which a package is deleted.')
@minValue(1)
@maxValue(3650)
param exportRetentionDays int = 30

@description('Days after a request\'s end until all that names its subject is erased.')
@minValue(0)
@maxValue(3650)
param subjectRetentionDays int = 30

@description('Seconds without progress after which a request is sent again.')
@minValue(1)
@maxValue(86400)
param stalledAfterSeconds int = 900

@description('Seconds before a step is tried again.')
@minValue(0)
@maxValue(600)
param retrySeconds int = 2

@description('Seconds for which a deleted asset is looked for again.')
@minValue(10)
@maxValue(86400)
param verifySeconds int = 900

@description('Let an HTTP request for a delete approve itself.')
param allowAutomaticApproval bool = false

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Gigabytes of logs a day after which no more is taken in, alerts included; -1: no bound.')
@minValue(-1)
param logDailyQuotaGb int = -1

@description('Log each read of the data account\'s blobs, which shows who used a package link.')
param logReads bool = true

@description('Amount a month at which the budget tells, in the currency of the bill.')
@minValue(1)
param monthlyBudget int = 100

@description('First day of a month. Give the same one again later: a budget keeps its beginning.')
param budgetStartDate string = '${utcNow('yyyy-MM')}-01T00:00:00Z'

@description('Tags of every resource.')
param tags object = {}

var token = toLower(uniqueString(subscription().id, resourceGroupName, environmentName, location))
var short = take(token, 6)
var base = toLower('dsr-${environmentName}')
var names = {
  app: 'func-${base}-${short}'
  plan: 'plan-${base}-${short}'
  run: 'id-${base}-run-${short}'
  delete: 'id-${base}-delete-${short}'
  host: 'stdsrhost${token}'
  data: 'stdsrdata${token}'
  vault: 'kv-dsr-${token}'
  logs: 'log-${base}-${short}'
  insights: 'appi-${base}-${short}'
  actionGroup: 'ag-${base}-${short}'
  network: 'vnet-${base}-${short}'
  budget: 'budget-${base}-${short}'
}
var allTags = union(tags, { 'azd-env-name': environmentName })
// What can't be had together is refused, and never quietly left out.
var checkedInbound = inbound == 'private' && network == 'public'
  ? fail('inbound private needs network private')
  : inbound
var access = {
  mode: network
  allowedIpRanges: !empty(allowedIpRanges) && network == 'public'
    ? fail('allowedIpRanges needs network private')
    : allowedIpRanges
}

var tokenSettings = map(
  filter(workspaces, target => target.service == 'studio-classic' && !empty(target.?token_setting ?? '')),
  target => target.?token_setting!
)
var secretBySetting = toObject(
  union(['DSR_HASH_KEY', 'DSR_SIGNING_KEY'], tokenSettings),
  setting => setting,
  setting => secretNames[?setting] ?? toLower(replace(setting, '_', '-'))
)

var checkedWorkspaces = empty(workspaces) && empty(discoverSubscriptions)
  ? fail('workspaces is empty, and so is discoverSubscriptions: there is nothing to answer for')
  : workspaces

// Where roles are needed: /subscriptions/{2}/resourceGroups/{4}/providers/{6}/{7}/{8}
var withResource = assignWorkspaceRoles ? filter(checkedWorkspaces, target => !empty(target.?arm_id ?? '')) : []
var classicTargets = filter(withResource, target => target.service == 'studio-classic')
var azuremlTargets = filter(withResource, target => target.service == 'azureml')
var classicIds = map(classicTargets, target => split(target.arm_id!, '/'))
var azuremlIds = map(azuremlTargets, target => split(target.arm_id!, '/'))
// an account may be both services': it is one all the same
var azuremlStorage = assignWorkspaceRoles ? union(map(azuremlStorageIds, id => toLower(id)), []) : []
var allStorage = assignWorkspaceRoles ? union(map(workspaceStorageIds, id => toLower(id)), azuremlStorage) : []
var storageIds = map(allStorage, id => split(id, '/'))
// the app opens file shares only of an account that the target names
var accountsWithFolders = map(
  filter(azuremlTargets, target => !empty(target.?storage_account ?? '')),
  target => toLower(target.storage_account!)
)
var classicSubscriptions = union(map(classicIds, id => toLower(id[2])), [])
var azuremlSubscriptions = union(map(azuremlIds, id => toLower(id[2])), [])
var workspaceSubscriptions = union(classicSubscriptions, azuremlSubscriptions)
var foundSubscriptions = assignWorkspaceRoles ? union(map(discoverSubscriptions, id => toLower(id)), []) : []
var subscriptions = union(workspaceSubscriptions, map(storageIds, id => toLower(id[2])), foundSubscriptions)
var classicGroups = union(map(classicIds, id => { subscription: toLower(id[2]), group: toLower(id[4]) }), [])
var azuremlGroups = union(map(azuremlIds, id => { subscription: toLower(id[2]), group: toLower(id[4]) }), [])

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    location: location
    runName: names.run
    deleteName: names.delete
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    workspaceName: names.logs
    componentName: names.insights
    actionGroupName: names.actionGroup
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    alertEmails: alertEmails
    runPrincipalId: identities.outputs.runPrincipalId
    tags: allTags
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    location: location
    name: names.host
    sku: hostStorageSku
    packageContainer: 'app-package'
    access: access
    runPrincipalId: identities.outputs.runPrincipalId
    tags: allTags
  }
}

module dataStorage 'modules/data-storage.bicep' = {
  name: 'data-storage'
  scope: group
  params: {
    location: location
    name: names.data
    sku: dataStorageSku
    access: access
    exportRetentionDays: exportRetentionDays
    evidenceRetentionDays: evidenceRetentionDays
    logWorkspaceId: monitoring.outputs.workspaceId
    logReads: logReads
    runPrincipalId: identities.outputs.runPrincipalId
    senderPrincipalIds: requestSenderPrincipalIds
    tags: allTags
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    location: location
    name: names.vault
    access: access
    runPrincipalId: identities.outputs.runPrincipalId
    recover: recoverKeyVault
    vaultOfficerPrincipalId: vaultOfficerPrincipalId
    vaultOfficerPrincipalType: vaultOfficerPrincipalType
    logWorkspaceId: monitoring.outputs.workspaceId
    tags: allTags
  }
}

module privateNetwork 'modules/network.bicep' = if (network == 'private') {
  name: 'network'
  scope: group
  params: {
    location: location
    name: names.network
    addressPrefix: addressPrefix
    hostStorageId: hostStorage.outputs.id
    dataStorageId: dataStorage.outputs.id
    keyVaultId: keyVault.outputs.id
    tags: allTags
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    location: location
    name: names.app
    planName: names.plan
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    subnetId: network == 'private' ? privateNetwork!.outputs.appSubnetId : ''
    inbound: checkedInbound
    runIdentityId: identities.outputs.runId
    deleteIdentityId: identities.outputs.deleteId
    runClientId: identities.outputs.runClientId
    deleteClientId: identities.outputs.deleteClientId
    hostStorageName: names.host
    dataStorageName: names.data
    packageUri: hostStorage.outputs.packageUri
    keyVaultName: names.vault
    secretNames: secretBySetting
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    workspaces: checkedWorkspaces
    options: {
      DSR_ALLOW_AUTOMATIC_APPROVAL: allowAutomaticApproval ? 'true' : 'false'
      DSR_EXPORT_RETENTION_DAYS: string(exportRetentionDays)
      DSR_SUBJECT_RETENTION_DAYS: string(subjectRetentionDays)
      DSR_STALLED_AFTER_SECONDS: string(stalledAfterSeconds)
      DSR_RETRY_SECONDS: string(retrySeconds)
      DSR_VERIFY_SECONDS: string(verifySeconds)
      DSR_DISCOVER_SUBSCRIPTIONS: join(discoverSubscriptions, ',')
      DSR_AZUREML_API_VERSION: azuremlApiVersion
      DSR_AZUREML_SCOPE: azuremlScope
      DSR_AZUREML_MAX_MEGABYTES: empty(azuremlMaxMegabytes) ? '' : string(azuremlMaxMegabytes)
    }
    entraClientId: entraClientId
    entraTenantId: entraTenantId
    tags: allTags
  }
  // the host opens queues, and the platform the vault, as soon as there are settings
  #disable-next-line no-unnecessary-dependson // the network, which depends on both, may not be there
  dependsOn: [dataStorage, keyVault]
}

module appEndpoint 'modules/app-endpoint.bicep' = if (checkedInbound == 'private') {
  name: 'app-endpoint'
  scope: group
  params: {
    location: location
    name: '${names.network}-app'
    appId: functionApp.outputs.id
    networkId: privateNetwork!.outputs.networkId
    subnetId: privateNetwork!.outputs.endpointSubnetId
    tags: allTags
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    prefix: base
    componentId: monitoring.outputs.componentId
    dataStorageId: dataStorage.outputs.id
    actionGroupId: monitoring.outputs.actionGroupId
    tags: allTags
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  scope: group
  params: {
    name: names.budget
    amount: monthlyBudget
    startDate: budgetStartDate
    emails: alertEmails
  }
}

module workspaceRoles 'modules/workspace-subscription.bicep' = [
  for id in subscriptions: {
    name: '${base}-roles-${short}'
    scope: subscription(id)
    params: {
      prefix: '${base}-${short}'
      runPrincipalId: identities.outputs.runPrincipalId
      deletePrincipalId: identities.outputs.deletePrincipalId
      hasClassic: contains(classicSubscriptions, id)
      hasWorkspaces: contains(workspaceSubscriptions, id)
      isDiscovered: contains(foundSubscriptions, id)
    }
  }
]

module classicGroupRoles 'modules/workspace-group.bicep' = [
  for each in classicGroups: {
    name: '${base}-group-${short}'
    scope: resourceGroup(each.subscription, each.group)
    params: {
      prefix: '${base}-${short}'
      grants: [
        { role: 'workspaceReader', principalId: identities.outputs.runPrincipalId }
        { role: 'servicesEraser', principalId: identities.outputs.deletePrincipalId }
      ]
    }
    dependsOn: [workspaceRoles]
  }
]

module azuremlGroupRoles 'modules/workspace-group.bicep' = [
  for each in azuremlGroups: {
    name: '${base}-azureml-group-${short}'
    scope: resourceGroup(each.subscription, each.group)
    params: {
      prefix: '${base}-${short}'
      grants: [{ role: 'azuremlWorkspaceReader', principalId: identities.outputs.runPrincipalId }]
    }
    dependsOn: [workspaceRoles]
  }
]

module targetRoles 'modules/workspace.bicep' = [
  for (target, number) in classicTargets: {
    name: '${base}-workspace-${uniqueString(toLower(target.arm_id!))}'
    scope: resourceGroup(classicIds[number][2], classicIds[number][4])
    params: {
      name: classicIds[number][8]
      prefix: '${base}-${short}'
      asksForToken: empty(target.?token_setting ?? '')
      runPrincipalId: identities.outputs.runPrincipalId
      deletePrincipalId: identities.outputs.deletePrincipalId
    }
    dependsOn: [workspaceRoles]
  }
]

module azuremlRoles 'modules/azureml-workspace.bicep' = [
  for (target, number) in azuremlTargets: {
    name: '${base}-azureml-${uniqueString(toLower(target.arm_id!))}'
    scope: resourceGroup(azuremlIds[number][2], azuremlIds[number][4])
    params: {
      name: azuremlIds[number][8]
      prefix: '${base}-${short}'
      mayPurge: allowWorkspacePurge
      runPrincipalId: identities.outputs.runPrincipalId
      deletePrincipalId: identities.outputs.deletePrincipalId
    }
    dependsOn: [workspaceRoles]
  }
]

module storageRoles 'modules/workspace-storage.bicep' = [
  for (id, number) in storageIds: {
    name: '${base}-leftovers-${uniqueString(allStorage[number])}'
    scope: resourceGroup(id[2], id[4])
    params: {
      name: id[8]
      prefix: '${base}-${short}'
      holdsFiles: contains(azuremlStorage, allStorage[number])
      holdsFolders: contains(azuremlStorage, allStorage[number]) && contains(accountsWithFolders, id[8])
      runPrincipalId: identities.outputs.runPrincipalId
      deletePrincipalId: identities.outputs.deletePrincipalId
    }
    dependsOn: [workspaceRoles]
  }
]

output resourceGroupName string = group.name
output functionAppName string = names.app
output functionAppHostname string = functionApp.outputs.hostname
output functionAppUrl string = 'https://${functionApp.outputs.hostname}'
output keyVaultName string = names.vault
output dataStorageAccountName string = names.data
output hostStorageAccountName string = names.host
output runIdentityName string = names.run
output runIdentityClientId string = identities.outputs.runClientId
output runIdentityPrincipalId string = identities.outputs.runPrincipalId
output deleteIdentityName string = names.delete
output deleteIdentityClientId string = identities.outputs.deleteClientId
output deleteIdentityPrincipalId string = identities.outputs.deletePrincipalId
output applicationInsightsName string = names.insights
output logAnalyticsWorkspaceName string = names.logs
@description('Subscriptions that hold custom roles of this environment, for a teardown.')
output roleSubscriptionIds string[] = subscriptions
@description('What the names of these roles begin with.')
output rolePrefix string = '${base}-${short}'
@description('The secrets that the vault has to hold: name by app setting.')
output secretNameBySetting object = secretBySetting
