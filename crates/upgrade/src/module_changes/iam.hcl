# What upgrade guides of terraform-aws-modules/iam/aws list as changing resources.
# Source: UPGRADE-6.0.md in the module's docs.

source = "terraform-aws-modules/iam/aws"

guide "6.0.0" {
  submodule = "modules/iam-assumable-role"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule is called `iam-role`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-assumable-role-with-oidc"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule is part of `iam-role`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-assumable-role-with-saml"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule is part of `iam-role`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-assumable-roles"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule was removed: use `iam-role`, and move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-assumable-roles-with-saml"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule was removed: use `iam-role`, and move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-github-oidc-provider"
  resources = ["aws_iam_openid_connect_provider.this"]
  effect    = "the submodule is called `iam-oidc-provider`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-github-oidc-role"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule is part of `iam-role`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-group-with-policies"
  resources = ["aws_iam_group.this"]
  effect    = "the submodule is called `iam-group`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-group-with-assumable-roles-policy"
  resources = ["aws_iam_group.this"]
  effect    = "the submodule is part of `iam-group`; move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-eks-role"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule was removed: use `iam-role-for-service-accounts`, and move the state of its resources"
}
guide "6.0.0" {
  submodule = "modules/iam-role-for-service-accounts-eks"
  resources = ["aws_iam_role.this"]
  effect    = "the submodule is called `iam-role-for-service-accounts`, and its policies are one; move the state of its resources"
}
