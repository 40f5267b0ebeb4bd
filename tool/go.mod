module github.com/gatehouse-id/gatehouse/tool

go 1.26.0

require (
	github.com/aws/aws-sdk-go v1.55.8
	github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider v1.61.0
	github.com/ccojocar/zxcvbn-go v1.0.4
)

require (
	github.com/aws/smithy-go v1.26.0 // indirect
	github.com/jmespath/go-jmespath v0.4.0 // indirect
)
