// A network for the app to go out from, in which storage and vault have private endpoints.

@description('Azure region.')
param location string

@description('Name of the virtual network; the endpoints\' names begin with it.')
param name string

@description('Address space, /24 or larger.')
param addressPrefix string

@description('Resource ids of the host account, the data account and the vault.')
param hostStorageId string
param dataStorageId string
param keyVaultId string

@description('Tags of every resource.')
param tags object

var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
}
var zoneNames = items(zones)
var endpoints = [
  { name: 'host-blob', target: hostStorageId, group: 'blob' }
  { name: 'data-blob', target: dataStorageId, group: 'blob' }
  { name: 'data-queue', target: dataStorageId, group: 'queue' }
  { name: 'vault', target: keyVaultId, group: 'vault' }
]

resource guard 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {
  name: '${name}-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'deny-internet-in'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          networkSecurityGroup: { id: guard.id }
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          networkSecurityGroup: { id: guard.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource inside 'subnets' existing = { name: 'endpoints' }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for each in zoneNames: {
    name: each.value
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (each, number) in zoneNames: {
    parent: zone[number]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

module endpoint 'private-endpoint.bicep' = [
  for each in endpoints: {
    name: 'endpoint-${each.name}'
    params: {
      location: location
      name: '${name}-${each.name}'
      targetId: each.target
      groupId: each.group
      subnetId: network::inside.id
      zoneName: zones[each.group]
      tags: tags
    }
    dependsOn: [zone]
  }
]

output networkId string = network.id
output appSubnetId string = network::app.id
output endpointSubnetId string = network::inside.id
