// Package compat runs real, unmodified clients against a running Gatehouse.
//
//	*_test.go       the AWS SDK for Go v2, one story per file
//	js/stories/     aws-amplify, amazon-cognito-identity-js, the AWS SDK for JavaScript v3, jose
//	boto3_test.py   boto3
//	awscli.sh       the AWS CLI
//	demo_test.go    the lines that serve --demo prints to be copied
//	readme_test.go  what README.md tells a newcomer to type
//
// The tests build the binary and start it twice: in development, where any
// credentials will do and codes are read from the mailbox, and in production
// form, where requests must be signed with an access key that the server made.
//
// What a machine lacks (Node.js, the AWS CLI, boto3) is skipped, or a failure
// where GATEHOUSE_TEST_COMPAT=required.
package compat
