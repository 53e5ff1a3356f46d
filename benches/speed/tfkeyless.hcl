state_profile = "shared-account"

account "dev" { id = "111111111111" }
account "prod" { id = "222222222222" }
account "shared-account" { id = "333333333333" }

module_source "example-modules" {
  repository = "github.com/example/modules"
  ref        = "v{version}"
}
