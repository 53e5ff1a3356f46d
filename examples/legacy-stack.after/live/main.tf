terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }

  backend "s3" {
    bucket         = "your-org-tf-states"
    key            = "live/stack.tfstate"
    region         = "us-east-1"
    dynamodb_table = "tf-locks"
    encrypt        = true
    profile        = "shared-account"
  }
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["222222222222"]

  default_tags {
    tags = {
      environment = "live"
    }
  }
}

# Certificates of CloudFront have to live here.
provider "aws" {
  alias               = "virginia"
  region              = "us-east-1"
  allowed_account_ids = ["222222222222"]
}

# The DNS zone belongs to the shared account.
provider "aws" {
  alias  = "dns"
  region = "us-east-1"

  assume_role {
    role_arn = "arn:aws:iam::333333333333:role/dns"
  }
}
