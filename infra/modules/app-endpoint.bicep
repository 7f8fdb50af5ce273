// The app's own private endpoint: it is then reached from the network and from nowhere else.

@description('Azure region.')
param location string

@description('Name of the endpoint.')
param name string

@description('Resource id of the app.')
param appId string

@description('Virtual network and subnet of the endpoint.')
param networkId string
param subnetId string

@description('Tags of every resource.')
param tags object

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: 'privatelink.azurewebsites.net'
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
}

module endpoint 'private-endpoint.bicep' = {
  name: 'endpoint-app'
  params: {
    location: location
    name: name
    targetId: appId
    groupId: 'sites'
    subnetId: subnetId
    zoneName: zone.name
    tags: tags
  }
}
