package model

import "slices"

// standardAttributes are the attributes of OpenID Connect that every pool has.
var standardAttributes = []string{
	"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale",
	"middle_name", "name", "nickname", "phone_number", "phone_number_verified", "picture",
	"preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
}

// Reads tells whether the client may see an attribute. Unless it lists its own
// set, that is every standard attribute.
func (c *Client) Reads(attribute string) bool {
	if len(c.Doc.ReadAttributes) > 0 {
		return attribute == "sub" || slices.Contains(c.Doc.ReadAttributes, attribute)
	}
	return slices.Contains(standardAttributes, attribute)
}

// Writes tells whether users of the client may set an attribute. Unless it
// lists its own set, that is every standard attribute but the verified marks,
// which only an administrator sets.
func (c *Client) Writes(attribute string) bool {
	switch attribute {
	case "sub", "email_verified", "phone_number_verified":
		return false
	}
	if len(c.Doc.WriteAttributes) > 0 {
		return slices.Contains(c.Doc.WriteAttributes, attribute)
	}
	return slices.Contains(standardAttributes, attribute)
}
