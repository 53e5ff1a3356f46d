# What only the owner of this repository knows.
state_profile = "shared-account"

account "dev" { id = "111111111111" }
account "live" { id = "222222222222" }
account "shared-account" { id = "333333333333" }

sso {
  start_url = "https://your-org.awsapps.com/start/#/"
  region    = "us-east-1"
  role_name = "SuperAdmin"
}

module_source "your-org-tf-modules" {
  repository   = "github.com/your-org/your-tf-modules"
  ref          = "v{version}"
  aws_provider = ">= 4.0" # what these modules require
}
