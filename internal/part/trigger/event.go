package trigger

import (
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Kind is a trigger, named as LambdaConfig names it.
type Kind string

// The triggers of a custom sign-in.
const (
	DefineAuthChallenge         = Kind("DefineAuthChallenge")
	CreateAuthChallenge         = Kind("CreateAuthChallenge")
	VerifyAuthChallengeResponse = Kind("VerifyAuthChallengeResponse")
)

// members are where LambdaConfig has the ARN of each trigger.
var members = map[Kind]func(*shape.LambdaConfigType) *string{
	DefineAuthChallenge:         func(c *shape.LambdaConfigType) *string { return c.DefineAuthChallenge },
	CreateAuthChallenge:         func(c *shape.LambdaConfigType) *string { return c.CreateAuthChallenge },
	VerifyAuthChallengeResponse: func(c *shape.LambdaConfigType) *string { return c.VerifyAuthChallengeResponse },
}

// ARN is the function of a pool for the trigger; empty where there is none.
func (k Kind) ARN(c *shape.LambdaConfigType) string {
	if c == nil {
		return ""
	}
	return wire.Of(members[k](c))
}

// Authentication is the occasion of every trigger of a custom sign-in.
const Authentication = "Authentication"

// Event is what a function reads, and answers with its Response filled in. Q and R
// are the request and the response of its trigger.
type Event[Q, R any] struct {
	Version       string `json:"version"`
	TriggerSource string `json:"triggerSource"`
	Region        string `json:"region"`
	UserPoolID    string `json:"userPoolId"`
	UserName      string `json:"userName"`
	CallerContext Caller `json:"callerContext"`
	Request       Q      `json:"request"`
	Response      R      `json:"response"`
}

// Caller is who asked for what the trigger stands in.
type Caller struct {
	AWSSDKVersion string `json:"awsSdkVersion"`
	ClientID      string `json:"clientId"`
}

// unknownSDK is what Cognito writes where it does not know.
const unknownSDK = "aws-sdk-unknown-unknown"

// Of is about whom and what an event is.
type Of struct {
	PoolID, ClientID, UserName string
}

// NewEvent makes the event of a trigger on an occasion: the part of the source after _.
func NewEvent[Q, R any](k Kind, occasion string, of Of, request Q, _ R) Event[Q, R] {
	region, _, _ := strings.Cut(of.PoolID, "_")
	return Event[Q, R]{
		Version: "1", TriggerSource: string(k) + "_" + occasion, Region: region,
		UserPoolID: of.PoolID, UserName: of.UserName,
		CallerContext: Caller{unknownSDK, of.ClientID}, Request: request,
	}
}
