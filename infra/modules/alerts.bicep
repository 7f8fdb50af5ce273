// Alerts on what the app and its host log (infra/alerts.json), and on storage that does not answer.

@description('Azure region.')
param location string

@description('What the rules\' names begin with.')
param prefix string

@description('Application Insights resource that is asked.')
param componentId string

@description('The data account.')
param dataStorageId string

@description('Who is told.')
param actionGroupId string

@description('Tags of every resource.')
param tags object

var rules = loadJsonContent('../alerts.json')

resource byLog 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${prefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}: ${rule.title}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [componentId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: join(rule.query, '\n')
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // the tables are there once the first line came in
      skipQueryValidation: true
      actions: { actionGroups: [actionGroupId] }
    }
  }
]

resource availability 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-storage-availability'
  location: 'global'
  tags: tags
  properties: {
    description: 'The data account answers less than 99 in 100 calls: see docs/monitoring.md, the data account.'
    severity: 1
    enabled: true
    scopes: [dataStorageId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'availability'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Availability'
          timeAggregation: 'Average'
          operator: 'LessThan'
          threshold: 99
        }
      ]
    }
    autoMitigate: true
    actions: [{ actionGroupId: actionGroupId }]
  }
}
