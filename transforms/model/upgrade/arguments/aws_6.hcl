# What provider 6 does to configurations of provider 5.100: its schemas (5.100.0 and 6.25.0) side by
# side, and its upgrade guide.

resource "aws_eip" {
  convert "eip_domain" {
    paths = ["vpc"]
    since = "5.0"
    why   = "`vpc` is gone: say `domain = \"vpc\"` where it is true"
  }
}
