//go:build tools

package main

// The two modules that shapegen reads as text. The imports keep them, and
// their checksums, in go.mod and go.sum; nothing is linked.
import (
	_ "github.com/aws/aws-sdk-go"
	_ "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)
