//! awsesame
