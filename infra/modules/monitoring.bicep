// Log Analytics, Application Insights and the group that alerts go to. Nobody writes by a key.

@description('Azure region.')
param location string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Name of the Application Insights resource.')
param componentName string

@description('Name of the action group.')
param actionGroupName string

@description('Days that logs are kept.')
param retentionDays int

@description('Gigabytes a day after which no more is taken in; -1 for no bound.')
param dailyQuotaGb int

@description('Who gets the alerts.')
param alertEmails string[]

@description('Principal id of the identity that sends telemetry.')
param runPrincipalId string

@description('Tags of every resource.')
param tags object

var metricsPublisher = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '3913510d-42f4-4e42-8a64-420c390055eb'
)

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource publishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, 'run', metricsPublisher)
  properties: {
    roleDefinitionId: metricsPublisher
    principalId: runPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'dsr'
    emailReceivers: [
      for (email, number) in alertEmails: {
        name: 'mail-${number}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output componentId string = component.id
// With local authentication off, the key in it opens nothing.
output connectionString string = component.properties.ConnectionString
output actionGroupId string = actionGroup.id
