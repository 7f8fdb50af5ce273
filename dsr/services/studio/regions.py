"""The regions of Studio (classic) and their two hosts each.

Source: the public clients' own tables (azuremlps, AzureML for R, the adoption framework's
inventory tool); the prefixes are not the ARM names.
"""

from typing import Final

_NET: Final = {
    "southcentralus": "",
    "westeurope": "europewest.",
    "southeastasia": "asiasoutheast.",
    "japaneast": "japaneast.",
    "westcentralus": "uswestcentral.",
}


def endpoints(region: str) -> tuple[str, str] | None:
    """Give the Studio API's and the management API's endpoint of a region, None if unknown.

    `region` is an Azure location, as `West Europe` or `westeurope`. No endpoint ends in a slash.
    """
    plain = region.replace(" ", "").lower()
    if plain == "germanycentral":
        base = "germanycentral.{}.azureml.de"
        return f"https://{base.format('studioapi')}", f"https://{base.format('management')}"
    prefix = _NET.get(plain)
    if prefix is None:
        return None
    return f"https://{prefix}studioapi.azureml.net", f"https://{prefix}management.azureml.net"
