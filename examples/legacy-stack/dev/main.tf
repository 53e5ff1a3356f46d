terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.67"
    }
  }

  backend "s3" {
    bucket         = "your-org-tf-states"
    key            = "dev/stack.tfstate"
    region         = "us-east-1"
    dynamodb_table = "tf-locks"
    encrypt        = true
  }
}

provider "aws" {
  region = "us-east-1"

  # The deployment user lives in the shared account.
  assume_role {
    role_arn     = "arn:aws:iam::111111111111:role/terraform"
    session_name = "terraform"
  }

  default_tags {
    tags = {
      environment = "dev"
    }
  }
}

# Certificates of CloudFront have to live here.
provider "aws" {
  alias  = "virginia"
  region = "us-east-1"

  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/terraform"
  }
}

# The DNS zone belongs to the shared account.
provider "aws" {
  alias  = "dns"
  region = "us-east-1"

  assume_role {
    role_arn = "arn:aws:iam::333333333333:role/dns"
  }
}
