module "api" {
  source = "../modules/service"

  name       = "api"
  subnet_ids = module.vpc.private_subnets
}

module "queue" {
  source = "github.com/your-org/your-tf-modules//sqs?ref=v1.4.2" # zipped by the release job

  name = "jobs"
}

module "alarms" {
  source = "github.com/your-org/your-tf-modules//alarms/ecs?ref=v2.0.1"

  service = "api"
}
