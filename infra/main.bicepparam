// The default: public endpoints that answer to identities only, function keys for callers.
//
// What is yours comes from the environment (`azd env set`, or exported by a script). The workspaces
// that stand in for yours are in a subscription that is not there, so that a deployment which
// forgot its own is refused.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param workspaces = json(readEnvironmentVariable('DSR_WORKSPACES', loadTextContent('parameters/workspaces.sample.json')))
param workspaceStorageIds = json(readEnvironmentVariable('DSR_WORKSPACE_STORAGE_IDS', '[]'))
param azuremlStorageIds = json(readEnvironmentVariable('DSR_AZUREML_STORAGE_IDS', '[]'))
param discoverSubscriptions = filter(
  split(readEnvironmentVariable('DSR_DISCOVER_SUBSCRIPTIONS', ''), ','),
  id => !empty(id)
)
param alertEmails = split(readEnvironmentVariable('DSR_ALERT_EMAILS', 'privacy@example.org'), ',')
param vaultOfficerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param entraClientId = readEnvironmentVariable('DSR_ENTRA_CLIENT_ID', '')
param monthlyBudget = int(readEnvironmentVariable('DSR_MONTHLY_BUDGET', '100'))
