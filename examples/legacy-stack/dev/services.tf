module "api" {
  source = "../modules/service"

  name       = "api"
  subnet_ids = module.vpc.private_subnets
}

module "queue" {
  source = "s3::/your-org-tf-modules/sqs/1.4.2.zip" # zipped by the release job

  name = "jobs"
}

module "alarms" {
  source = "s3::https://s3.amazonaws.com/your-org-tf-modules/alarms-2.0.1.zip//ecs"

  service = "api"
}
