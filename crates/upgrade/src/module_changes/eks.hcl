# What upgrade guides of terraform-aws-modules/eks/aws list as changing resources.
# Sources: UPGRADE-17.0.md to UPGRADE-21.0.md in the module's docs.

source = "terraform-aws-modules/eks/aws"

guide "17.0.0" {
  resources = ["random_pet", "aws_eks_node_group"]
  arguments = ["node_groups"]
  effect    = "managed node groups are replaced where `name` does not keep the generated name"
}
guide "18.0.0" {
  resources = ["aws_launch_configuration", "aws_autoscaling_group"]
  arguments = ["worker_groups", "worker_groups_launch_template"]
  effect    = "worker groups become self-managed node groups with launch templates, and are replaced"
}
guide "18.0.0" {
  resources = ["aws_eks_node_group"]
  arguments = ["node_groups"]
  effect    = "node groups move to `eks_managed_node_groups`, one submodule each, and are replaced"
}
guide "18.0.0" {
  resources = ["kubernetes_config_map.aws_auth"]
  effect    = "the module does not manage the aws-auth map, and would destroy it"
}
guide "18.0.0" {
  resources = ["local_file.kubeconfig"]
  effect    = "the module writes no kubeconfig"
}
guide "18.0.0" {
  resources = ["aws_iam_role.cluster", "aws_security_group.cluster"]
  effect    = "they are replaced, and the cluster with them, where `prefix_separator`, `iam_role_name`, `cluster_security_group_name` and `cluster_security_group_description` do not keep their names; move the state of the role, too"
}
guide "18.0.0" {
  resources = ["aws_security_group_rule"]
  effect    = "the rules of the cluster and of the nodes are reduced to the least"
}
guide "19.0.0" {
  resources = ["aws_security_group.this"]
  arguments = ["eks_managed_node_groups", "self_managed_node_groups"]
  effect    = "the security group of each node group is destroyed"
}
guide "19.0.0" {
  resources = ["aws_iam_role_policy_attachment.this"]
  arguments = ["iam_role_additional_policies"]
  effect    = "it takes a map, and the attachments are replaced unless their state is moved"
}
guide "19.0.0" {
  resources = ["aws_security_group_rule.node"]
  unless    = ["node_security_group_enable_recommended_rules"]
  effect    = "recommended rules are added, which may conflict with those of the call"
}
guide "19.0.0" {
  resources = ["aws_security_group_rule.cluster"]
  effect    = "egress rules to the nodes are destroyed"
}
guide "19.0.0" {
  resources = ["aws_eks_cluster.this", "aws_kms_key.this"]
  unless    = ["create_kms_key"]
  effect    = "secrets are encrypted with a new key, which cannot be undone"
}
guide "19.0.0" {
  resources = ["aws_eks_cluster.this"]
  unless    = ["cluster_endpoint_public_access"]
  effect    = "the endpoint is private alone"
}
guide "19.0.0" {
  resources = ["aws_eks_cluster.this"]
  unless    = ["cluster_endpoint_private_access"]
  effect    = "the endpoint is reachable from the VPC"
}
guide "19.0.0" {
  resources = ["aws_eks_addon.this"]
  arguments = ["cluster_addons"]
  effect    = "conflicts are overwritten by default"
}
guide "19.0.0" {
  resources = ["aws_eks_node_group.this"]
  arguments = ["eks_managed_node_groups"]
  effect    = "a third of the nodes may be unavailable in updates by default"
}
guide "19.0.0" {
  resources = ["aws_autoscaling_group.this"]
  arguments = ["self_managed_node_groups"]
  effect    = "instances are refreshed by default, rolling"
}
guide "20.0.0" {
  resources = ["kubernetes_config_map.aws_auth"]
  arguments = ["manage_aws_auth_configmap", "create_aws_auth_configmap"]
  effect    = "it moves to a submodule of its own; move its state, or it is destroyed"
}
guide "20.0.0" {
  resources = ["aws_eks_cluster.this"]
  unless    = ["authentication_mode"]
  effect    = "its authentication mode becomes API_AND_CONFIG_MAP, which cannot be undone"
}
guide "20.0.0" {
  resources = ["aws_eks_addon.this"]
  arguments = ["cluster_addons"]
  effect    = "add-ons are preserved by default when they are destroyed"
}
guide "20.0.0" {
  resources = ["aws_kms_key.this"]
  unless    = ["kms_key_enable_default_policy"]
  effect    = "its policy is the default one"
}
guide "20.0.0" {
  submodule = "modules/karpenter"
  resources = ["aws_cloudwatch_event_rule.this"]
  effect    = "the rule for spot interruptions is replaced, and the role of the controller gets another policy"
}
guide "20.0.0" {
  submodule = "modules/karpenter"
  resources = ["aws_iam_instance_profile.this"]
  unless    = ["create_instance_profile"]
  effect    = "it is destroyed by default"
}
guide "21.0.0" {
  resources = ["aws_eks_node_group.this", "aws_launch_template.this"]
  arguments = ["eks_managed_node_groups"]
  effect    = "nodes are replaced: image, hop limit, monitoring and the newest release have other defaults"
}
guide "21.0.0" {
  resources = ["aws_autoscaling_group.this", "aws_launch_template.this"]
  arguments = ["self_managed_node_groups"]
  effect    = "nodes are replaced: image, hop limit and monitoring have other defaults"
}
guide "21.0.0" {
  resources = ["aws_autoscaling_schedule.this"]
  arguments = ["eks_managed_node_groups", "self_managed_node_groups"]
  effect    = "schedules are destroyed"
}
guide "21.0.0" {
  resources = ["aws_eks_addon.this"]
  arguments = ["cluster_addons"]
  effect    = "the most recent release is taken, and conflicts fail, by default"
}
guide "21.0.0" {
  resources = ["aws_iam_openid_connect_provider.oidc_provider"]
  effect    = "its URL is the one of the dual-stack endpoint, and it is replaced"
}
guide "21.0.0" {
  submodule = "modules/karpenter"
  resources = ["aws_iam_role.controller", "aws_eks_pod_identity_association.karpenter"]
  effect    = "the role is for pod identities alone, and the association is added by default"
}
guide "21.0.0" {
  submodule = "modules/aws-auth"
  resources = ["kubernetes_config_map.aws_auth"]
  effect    = "there is no such submodule any more"
}
