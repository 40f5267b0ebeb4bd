package trigger

// Result is a challenge of a custom sign-in that was answered.
type Result struct {
	Name     string  `json:"challengeName"`
	Right    bool    `json:"challengeResult"`
	Metadata *string `json:"challengeMetadata"` // null where CreateAuthChallenge said none
}

// Who is the part of a request that every trigger of a custom sign-in reads.
type Who struct {
	Attributes map[string]string `json:"userAttributes"`
	// NotFound is there where the client hides which users exist.
	NotFound *bool             `json:"userNotFound,omitzero"`
	Metadata map[string]string `json:"clientMetadata,omitzero"`
}

// DefineRequest asks which challenge comes next.
type DefineRequest struct {
	Who
	Session []Result `json:"session"`
}

// DefineResponse says it, or how the sign-in ends.
type DefineResponse struct {
	ChallengeName      *string `json:"challengeName"`
	IssueTokens        *bool   `json:"issueTokens"`
	FailAuthentication *bool   `json:"failAuthentication"`
}

// CreateRequest asks for a challenge.
type CreateRequest struct {
	Who
	ChallengeName string   `json:"challengeName"`
	Session       []Result `json:"session"`
}

// CreateResponse is a challenge: what the client is told of it, what
// VerifyAuthChallengeResponse is told, and what stands in the session from then on.
type CreateResponse struct {
	Public   map[string]string `json:"publicChallengeParameters"`
	Private  map[string]string `json:"privateChallengeParameters"`
	Metadata *string           `json:"challengeMetadata"`
}

// VerifyRequest asks whether an answer is right.
type VerifyRequest struct {
	Who
	Private map[string]string `json:"privateChallengeParameters"`
	Answer  string            `json:"challengeAnswer"`
}

// VerifyResponse says it.
type VerifyResponse struct {
	Correct *bool `json:"answerCorrect"`
}
