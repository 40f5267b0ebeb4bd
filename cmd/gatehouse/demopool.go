package main

import (
	"context"
	"fmt"
	"io"
)

// demoName names the demo's pool and its client. A restart finds them by it.
const demoName = "demo"

// demo is a pool to try things on, made over the server's own API.
type demo struct {
	api    *api
	region string
	rand   io.Reader
	// pool and client are ids, once prepare has run.
	pool, client string
}

// prepare finds the pool and its client, or makes them, and protects the pool.
// Each step does nothing where it was done before, so that a start that was cut
// off is completed by the next.
func (d *demo) prepare(ctx context.Context) (err error) {
	if d.pool, err = d.findOrMakePool(ctx); err != nil {
		return fmt.Errorf("make the demo pool: %w", err)
	}
	if d.client, err = d.findOrMakeClient(ctx); err != nil {
		return fmt.Errorf("make the demo client: %w", err)
	}
	err = d.api.call(ctx, "SetRiskConfiguration", body{
		"UserPoolId": d.pool,
		"CompromisedCredentialsRiskConfiguration": body{
			"EventFilter": []string{"SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"},
			"Actions":     body{"EventAction": "BLOCK"},
		},
		"AccountTakeoverRiskConfiguration": body{"Actions": body{
			"LowAction":    body{"Notify": false, "EventAction": "NO_ACTION"},
			"MediumAction": body{"Notify": false, "EventAction": "NO_ACTION"},
			"HighAction":   body{"Notify": false, "EventAction": "BLOCK"},
		}},
	}, nil)
	if err != nil {
		return fmt.Errorf("protect the demo pool: %w", err)
	}
	return nil
}

func (d *demo) findOrMakePool(ctx context.Context) (string, error) {
	for token := ""; ; {
		in := body{"MaxResults": 60}
		if token != "" {
			in["NextToken"] = token
		}
		var page struct {
			UserPools []struct{ Id, Name string }
			NextToken string
		}
		if err := d.api.call(ctx, "ListUserPools", in, &page); err != nil {
			return "", err
		}
		for _, pool := range page.UserPools {
			if pool.Name == demoName {
				return pool.Id, nil
			}
		}
		if token = page.NextToken; token == "" {
			return d.makePool(ctx)
		}
	}
}

func (d *demo) makePool(ctx context.Context) (string, error) {
	var made struct{ UserPool struct{ Id string } }
	err := d.api.call(ctx, "CreateUserPool", body{
		"PoolName":               demoName,
		"UserPoolTier":           "PLUS",
		"UserPoolAddOns":         body{"AdvancedSecurityMode": "ENFORCED"},
		"AutoVerifiedAttributes": []string{"email"},
		"UsernameConfiguration":  body{"CaseSensitive": false},
		"AccountRecoverySetting": body{
			"RecoveryMechanisms": []body{{"Name": "verified_email", "Priority": 1}},
		},
	}, &made)
	return made.UserPool.Id, err
}

func (d *demo) findOrMakeClient(ctx context.Context) (string, error) {
	var page struct {
		UserPoolClients []struct{ ClientId, ClientName string }
	}
	// Its own pool has as many clients as somebody made by hand: the first page will do.
	err := d.api.call(ctx, "ListUserPoolClients", body{"UserPoolId": d.pool, "MaxResults": 60}, &page)
	if err != nil {
		return "", err
	}
	for _, client := range page.UserPoolClients {
		if client.ClientName == demoName {
			return client.ClientId, nil
		}
	}
	var made struct{ UserPoolClient struct{ ClientId string } }
	err = d.api.call(ctx, "CreateUserPoolClient", body{
		"UserPoolId":        d.pool,
		"ClientName":        demoName,
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &made)
	return made.UserPoolClient.ClientId, err
}
