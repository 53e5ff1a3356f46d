# Blocks that the generated trees are filled with. NAME, WORD and NUMBER become something else each time.
# ----
resource "aws_s3_bucket" "NAME" {
  bucket        = "${var.name}-WORD-NUMBER"
  force_destroy = false

  tags = merge(var.tags, {
    Name  = "NAME"
    Owner = "WORD"
  })
}

resource "aws_s3_bucket_public_access_block" "NAME" {
  bucket = aws_s3_bucket.NAME.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
# ----
# The WORD service talks to its neighbours over TLS only. Everything else is dropped,
# and what is dropped shows in the flow logs of the network.
resource "aws_security_group" "NAME" {
  name_prefix = "${var.name}-WORD-"
  description = "Traffic of WORD"
  vpc_id      = var.vpc_id

  ingress {
    description = "HTTPS from the load balancer"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16", "10.1.0.0/16"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"] # see the network's ACLs
  }

  lifecycle {
    create_before_destroy = true
  }
}
# ----
resource "aws_iam_role" "NAME" {
  name = "${var.name}-WORD"

  assume_role_policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": "sts:AssumeRole",
          "Principal": { "Service": "ecs-tasks.amazonaws.com" }
        }
      ]
    }
  POLICY
}

resource "aws_iam_role_policy_attachment" "NAME" {
  role       = aws_iam_role.NAME.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
# ----
data "aws_iam_policy_document" "NAME" {
  statement {
    sid       = "WORD"
    effect    = "Allow"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.NAME.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:aws:events:${var.region}:${local.account_id}:rule/WORD"]
    }
  }
}

resource "aws_sqs_queue" "NAME" {
  name                       = "${var.name}-WORD"
  visibility_timeout_seconds = NUMBER
  message_retention_seconds  = 1209600

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}
# ----
resource "aws_cloudwatch_metric_alarm" "NAME" {
  alarm_name          = "${var.name}-WORD-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = NUMBER
  alarm_description   = "WORD fails more often than it should"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  dimensions = {
    FunctionName = aws_lambda_function.NAME.function_name
  }
}

resource "aws_lambda_function" "NAME" {
  function_name = "${var.name}-WORD"
  role          = aws_iam_role.NAME.arn
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  timeout       = 30
  memory_size   = var.is_production ? 1024 : 256
  filename      = data.archive_file.NAME.output_path

  environment {
    variables = {
      STAGE     = var.stage
      LOG_LEVEL = "info"
      TABLE     = "WORD-NUMBER"
    }
  }
}
# ----
resource "aws_route53_record" "NAME" {
  zone_id = var.zone_id
  name    = "WORD.${var.domain}"
  type    = "A"

  alias {
    name                   = aws_lb.NAME.dns_name
    zone_id                = aws_lb.NAME.zone_id
    evaluate_target_health = true
  }
}

resource "aws_lb" "NAME" {
  name               = "WORD-NUMBER"
  internal           = !var.is_public
  load_balancer_type = "application"
  security_groups    = [aws_security_group.NAME.id]
  subnets            = var.is_public ? var.public_subnet_ids : var.private_subnet_ids
}
# ----
locals {
  # Every WORD gets a name of its own, so that two of them can stand side by side.
  NAME_names = { for index, zone in var.zones : zone => "${var.name}-WORD-${index}" }
  NAME_tags = merge(var.tags, {
    Component = "WORD"
    Cost      = "NUMBER"
  })
}
# ----
resource "aws_instance" "NAME" {
  count = var.instances

  ami                    = data.aws_ami.this.id
  instance_type          = "t3.large"
  subnet_id              = element(var.private_subnet_ids, count.index)
  vpc_security_group_ids = [aws_security_group.NAME.id]

  root_block_device {
    volume_size = NUMBER
    volume_type = "gp3"
    encrypted   = true
  }

  user_data = <<EOF
#!/bin/bash
set -euo pipefail
hostnamectl set-hostname "WORD-${count.index}"
cat > /etc/WORD.conf <<'CONF'
listen   = 0.0.0.0:8080
upstream = ${var.upstream}
workers  = NUMBER
CONF
systemctl enable --now WORD
EOF
}
# ----
resource "aws_s3_bucket_policy" "NAME" {
  bucket = aws_s3_bucket.NAME.id
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "TlsOnly",
      "Effect": "Deny",
      "Principal": "*",
      "Action": "s3:*",
      "Resource": ["${aws_s3_bucket.NAME.arn}", "${aws_s3_bucket.NAME.arn}/*"],
      "Condition": { "Bool": { "aws:SecureTransport": "false" } }
    },
    {
      "Sid": "WORD",
      "Effect": "Allow",
      "Principal": { "AWS": "arn:aws:iam::NUMBER:role/WORD" },
      "Action": ["s3:GetObject", "s3:ListBucket"],
      "Resource": "${aws_s3_bucket.NAME.arn}/WORD/*"
    }
  ]
}
EOF
}
# ----
resource "aws_db_instance" "NAME" {
  identifier              = "${var.name}-WORD"
  engine                  = "postgres"
  engine_version          = "15.4"
  instance_class          = var.is_production ? "db.r6g.large" : "db.t4g.micro"
  allocated_storage       = NUMBER
  storage_encrypted       = true
  username                = "WORD"
  password                = random_password.NAME.result
  db_subnet_group_name    = aws_db_subnet_group.this.name
  backup_retention_period = 14
  skip_final_snapshot     = false # the snapshot is the last way back
}

resource "random_password" "NAME" {
  length  = 32
  special = false
}
# ----
/*
 * One record per host of WORD; the zone itself belongs to the platform team
 * and is only looked up here.
 */
resource "aws_dynamodb_table" "NAME" {
  name         = "${var.name}-WORD"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  range_key    = "at"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "at"
    type = "N"
  }

  dynamic "ttl" {
    for_each = var.expires ? [1] : []
    content {
      enabled        = true
      attribute_name = "expires"
    }
  }
}
