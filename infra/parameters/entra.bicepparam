// Callers sign in with Microsoft Entra ID; a privacy pipeline sends messages, and leftovers are deleted.
//
// What is yours comes from the environment (`azd env set`, or exported by a script). The workspaces
// that stand in for yours are in a subscription that is not there, so that a deployment which
// forgot its own is refused.

using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'entra')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param workspaces = json(readEnvironmentVariable('DSR_WORKSPACES', loadTextContent('workspaces.sample.json')))
param workspaceStorageIds = json(readEnvironmentVariable(
  'DSR_WORKSPACE_STORAGE_IDS',
  '["/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-ml-data/providers/Microsoft.Storage/storageAccounts/churnlabstore"]'
))
param azuremlStorageIds = json(readEnvironmentVariable(
  'DSR_AZUREML_STORAGE_IDS',
  '["/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-mlprod/providers/Microsoft.Storage/storageAccounts/stforecast01"]'
))
param discoverSubscriptions = filter(
  split(readEnvironmentVariable('DSR_DISCOVER_SUBSCRIPTIONS', '11111111-2222-3333-4444-555555555555'), ','),
  id => !empty(id)
)
param alertEmails = split(readEnvironmentVariable('DSR_ALERT_EMAILS', 'privacy@example.org'), ',')
param vaultOfficerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param entraClientId = readEnvironmentVariable('DSR_ENTRA_CLIENT_ID', '33333333-4444-5555-6666-777777777777')
param monthlyBudget = int(readEnvironmentVariable('DSR_MONTHLY_BUDGET', '100'))
param requestSenderPrincipalIds = json(readEnvironmentVariable(
  'DSR_REQUEST_SENDER_IDS',
  '["22222222-3333-4444-5555-666666666666"]'
))
