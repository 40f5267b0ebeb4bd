package upstream

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 32 << 20

// The most that each list tells at once.
const (
	pageOfUsers = 60
	page        = 60
)

// Read asks the API.
func (c *Cognito) Read(ctx context.Context, operation string, q Query) (body []byte, next string, err error) {
	ask, ok := reads[operation]
	if !ok {
		return nil, "", fmt.Errorf("%s is not read: %w", operation, ErrAbsent)
	}
	token, err := ask(ctx, c, q, keep(&body))
	if err != nil {
		return nil, "", explain(operation, err)
	}
	return body, aws.ToString(token), nil
}

// reads are the operations that are asked.
var reads = map[string]func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (next *string, err error){
	"DescribeUserPool": func(ctx context.Context, c *Cognito, _ Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &c.cfg.PoolID}, o)
		return nil, err
	},
	"GetUserPoolMfaConfig": func(ctx context.Context, c *Cognito, _ Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.GetUserPoolMfaConfig(ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: &c.cfg.PoolID}, o)
		return nil, err
	},
	"DescribeRiskConfiguration": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeRiskConfiguration(ctx, &idp.DescribeRiskConfigurationInput{UserPoolId: &c.cfg.PoolID, ClientId: some(q.Client)}, o)
		return nil, err
	},
	"ListUserPoolClients": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListUserPoolClients(ctx, &idp.ListUserPoolClientsInput{UserPoolId: &c.cfg.PoolID, MaxResults: aws.Int32(page), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"DescribeUserPoolClient": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &c.cfg.PoolID, ClientId: &q.Client}, o)
		return nil, err
	},
	"ListIdentityProviders": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListIdentityProviders(ctx, &idp.ListIdentityProvidersInput{UserPoolId: &c.cfg.PoolID, MaxResults: aws.Int32(page), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"DescribeIdentityProvider": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeIdentityProvider(ctx, &idp.DescribeIdentityProviderInput{UserPoolId: &c.cfg.PoolID, ProviderName: &q.Provider}, o)
		return nil, err
	},
	"ListResourceServers": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListResourceServers(ctx, &idp.ListResourceServersInput{UserPoolId: &c.cfg.PoolID, MaxResults: aws.Int32(50), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"DescribeManagedLoginBrandingByClient": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeManagedLoginBrandingByClient(ctx, &idp.DescribeManagedLoginBrandingByClientInput{UserPoolId: &c.cfg.PoolID, ClientId: &q.Client}, o)
		return nil, err
	},
	"ListTerms": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListTerms(ctx, &idp.ListTermsInput{UserPoolId: &c.cfg.PoolID, MaxResults: aws.Int32(page), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"DescribeTerms": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.DescribeTerms(ctx, &idp.DescribeTermsInput{UserPoolId: &c.cfg.PoolID, TermsId: &q.Terms}, o)
		return nil, err
	},
	"GetUICustomization": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.GetUICustomization(ctx, &idp.GetUICustomizationInput{UserPoolId: &c.cfg.PoolID, ClientId: some(q.Client)}, o)
		return nil, err
	},
	"GetLogDeliveryConfiguration": func(ctx context.Context, c *Cognito, _ Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.GetLogDeliveryConfiguration(ctx, &idp.GetLogDeliveryConfigurationInput{UserPoolId: &c.cfg.PoolID}, o)
		return nil, err
	},
	"ListGroups": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListGroups(ctx, &idp.ListGroupsInput{UserPoolId: &c.cfg.PoolID, Limit: aws.Int32(page), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"ListUsersInGroup": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: &c.cfg.PoolID, GroupName: &q.Group, Limit: aws.Int32(pageOfUsers), NextToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.NextToken, nil
	},
	"ListUsers": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		out, err := c.api.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: &c.cfg.PoolID, Limit: aws.Int32(pageOfUsers), PaginationToken: some(q.Token)}, o)
		if err != nil {
			return nil, err
		}
		return out.PaginationToken, nil
	},
	"AdminGetUser": func(ctx context.Context, c *Cognito, q Query, o func(*idp.Options)) (*string, error) {
		_, err := c.api.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &c.cfg.PoolID, Username: &q.User}, o)
		return nil, err
	},
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// keep takes the answer of a request as it came. The SDK's structs are not what
// is kept of it: they have no names of their own in JSON, and drop what this
// version of the SDK does not know.
func keep(body *[]byte) func(*idp.Options) {
	take := middleware.DeserializeMiddlewareFunc("KeepAnswer", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if answer, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
			*body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
			answer.Body = io.NopCloser(bytes.NewReader(*body))
		}
		return out, metadata, err
	})
	return func(o *idp.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Deserialize.Add(take, middleware.After) // the innermost: before anything is decoded
		})
	}
}
