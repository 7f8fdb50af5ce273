// One private endpoint, and its name in the zone that the network resolves by.

@description('Azure region.')
param location string

@description('Name of the endpoint.')
param name string

@description('What it leads to, and which part of that.')
param targetId string
param groupId string

@description('Where its address is.')
param subnetId string

@description('Private DNS zone, in the same resource group.')
param zoneName string

@description('Tags of every resource.')
param tags object

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' existing = {
  name: zoneName
}

resource endpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: groupId, properties: { privateLinkServiceId: targetId, groupIds: [groupId] } }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: zone.id } }]
    }
  }
}
