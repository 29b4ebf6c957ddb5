"""Amazon Web Services: the app as a Lambda function, its gateways and its log."""
