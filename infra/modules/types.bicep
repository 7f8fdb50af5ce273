// What a workspace target is, in the words of DSR_WORKSPACES (docs/operations.md).

@export()
@description('One member of DSR_WORKSPACES, as the app reads it. A misspelt field is an error before anything is made.')
@discriminator('service')
type workspaceTarget = classicTarget | azuremlTarget

@description('A workspace of Studio (classic).')
@sealed()
type classicTarget = {
  @minLength(1)
  @maxLength(64)
  name: string
  service: 'studio-classic'
  account_kind: 'guest' | 'free' | 'standard'
  @minLength(32)
  @maxLength(32)
  workspace_id: string
  region: string?
  studio_endpoint: string?
  management_endpoint: string?
  @description('Resource id of a standard workspace: roles are assigned there.')
  arm_id: string?
  @description('Name of the app setting with the workspace authorization token. It becomes a Key Vault reference.')
  token_setting: string?
  storage_account: string?
}

@description('A workspace of Azure Machine Learning.')
@sealed()
type azuremlTarget = {
  @minLength(1)
  @maxLength(64)
  name: string
  service: 'azureml'
  @description('Resource id of the workspace: roles are assigned there.')
  arm_id: string
  @description('Name of its storage account. With it the app looks into the file share with people\'s folders.')
  storage_account: string?
  @description('How the files of jobs are had: by links of the service, or from its storage account by identity.')
  artifacts: ('links' | 'storage')?
}

@export()
@description('Always-ready instances of a group: http, or function:<name>. They are billed while they idle.')
@sealed()
type alwaysReadyGroup = {
  name: string
  @minValue(1)
  instanceCount: int
}

@export()
@description('How the storage accounts and the vault are reached.')
@sealed()
type perimeter = {
  @description('private: no public endpoint, or one for the allowed address ranges only.')
  mode: 'public' | 'private'
  allowedIpRanges: string[]
}
