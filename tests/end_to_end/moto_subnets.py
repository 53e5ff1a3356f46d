"""What the AWS provider asks of subnets with IPv6 blocks and moto 5.2.1 answers otherwise than EC2."""

from moto.ec2.models.subnets import Subnet


def mend():
    """Has subnets of moto answer as EC2 does."""
    Subnet.get_filter_value = filter_value
    Subnet.ipv6_cidr_block_association_set = property(blocks)


MOTO_FILTER_VALUE = Subnet.get_filter_value


def filter_value(subnet, name, method=None):
    """The filter by which the provider waits for a block is missing."""
    if name == "ipv6-cidr-block-association.association-id":
        return list(subnet.ipv6_cidr_block_associations)
    return MOTO_FILTER_VALUE(subnet, name, method)


def blocks(subnet) -> list:
    """The state of a block is put into another one."""
    return [
        {
            "ipv6CidrBlock": it["ipv6CidrBlock"],
            "associationId": it["associationId"],
            "ipv6CidrBlockState": {"state": it["ipv6CidrBlockState"]["State"]},
        }
        for it in subnet.ipv6_cidr_block_associations.values()
        if it["ipv6CidrBlockState"]["State"] == "associated"
    ]
