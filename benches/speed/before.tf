# What a migration changes, by title: the state before it.
# ---- required in a root module
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.67"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.5"
    }
  }
}
# ---- required in a child module
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.0"
    }
  }
}
# ---- backend
terraform {
  backend "s3" {
    bucket         = "example-states"
    key            = "WORD/NUMBER/terraform.tfstate"
    region         = "us-east-1"
    dynamodb_table = "states"
    encrypt        = true
  }
}
# ---- role
provider "aws" {
  region = "us-east-1"

  assume_role {
    role_arn     = "arn:aws:iam::111111111111:role/deploy"
    session_name = "WORD"
  }

  default_tags {
    tags = { Service = "WORD" }
  }
}
# ---- roles in one account
provider "aws" {
  region = "eu-central-1"

  # CI enters with keys of the tools account.
  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/deploy"
  }
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/deploy"
  }
}
# ---- roles in two accounts
provider "aws" {
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/deploy"
  }
}

provider "aws" {
  alias  = "dns"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::333333333333:role/dns"
  }
}
# ---- module in a bucket
module "NAME" {
  source = "s3::https://s3.amazonaws.com/example-modules/WORD/1.0.93.zip"

  name = "${var.name}-WORD"
}
# ---- vpc
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.2"

  name = var.name
  cidr = "10.NUMBER.0.0/16"

  azs             = var.zones
  private_subnets = var.private_subnets
  public_subnets  = var.public_subnets

  enable_nat_gateway = true
}
