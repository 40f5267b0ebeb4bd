package model

import "time"

// Family is the chain of tokens that one sign-in began. Its ID is the sign-in's
// event id, which every token carries as event_id, so that a family can be
// ended even where the client has token revocation off.
type Family struct {
	ID        string
	PoolID    string
	ClientID  string
	Sub       string
	OriginJTI string
	AuthTime  time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero while the family lives
	// Generation counts rotations; a refresh token of an older generation is a reuse,
	// except the one before within the grace period after RotatedAt.
	Generation int64
	RotatedAt  time.Time
	// Device is the key of the device that the sign-in was with, or was offered;
	// empty where there is none. Once DeviceBound, because that device was confirmed
	// or had proved itself, a refresh takes its key, and ends with the device.
	Device      string
	DeviceBound bool
}

// Code is a one-time code that was sent to a user.
type Code struct {
	PoolID  string
	Sub     string
	Purpose string // signup, forgot, verify:email, mfa:<session> ...
	// Digest is the keyed hash of the code: the store cannot tell the code.
	Digest []byte
	// Value is what the code vouches for, such as the new address.
	Value     string
	Attempts  int64
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Event is the record of one attempt.
type Event struct {
	PoolID    string
	Sub       string
	ID        string // a UUID, equal to the event_id claim
	ClientID  string
	Type      EventType
	Response  EventResponse
	CreatedAt time.Time
	Detail    EventDetail
}

// EventType names what was attempted.
type EventType string

// The event types of AdminListUserAuthEvents.
const (
	EventSignIn         = EventType("SignIn")
	EventSignUp         = EventType("SignUp")
	EventForgotPassword = EventType("ForgotPassword")
	EventPasswordChange = EventType("PasswordChange")
	EventResendCode     = EventType("ResendCode")
)

// EventCredentialCheck is of our own: a password that was set before was found
// in a new list. AdminListUserAuthEvents does not know the type.
const EventCredentialCheck = EventType("CredentialCheck")

// EventResponse is how the attempt ended.
type EventResponse string

// The responses of AdminListUserAuthEvents.
const (
	EventPass       = EventResponse("Pass")
	EventFail       = EventResponse("Fail")
	EventInProgress = EventResponse("InProgress")
)

// EventDetail is the part of an event that is only read as a whole.
type EventDetail struct {
	RiskDecision string `json:"riskDecision,omitzero"` // NoRisk, AccountTakeover, Block
	RiskLevel    string `json:"riskLevel,omitzero"`    // Low, Medium, High; absent when there is no risk
	// Compromised tells that the password is known to be leaked, Matched how:
	// passwords, pairs, or similar to a pair.
	Compromised bool   `json:"compromised,omitzero"`
	Matched     string `json:"matched,omitzero"`
	// Flagged tells that the attempt passed with tokens that are good for a new password only.
	Flagged bool `json:"flagged,omitzero"`
	// Unchecked says why the password could not be looked up; a lookup that fails is recorded, not hidden.
	Unchecked  string       `json:"unchecked,omitzero"`
	IP         string       `json:"ip,omitzero"`
	UserAgent  string       `json:"userAgent,omitzero"`
	Hints      *ClientHints `json:"hints,omitzero"`
	DeviceName string       `json:"deviceName,omitzero"` // "Chrome 126, Windows 10"
	Timezone   string       `json:"timezone,omitzero"`   // "-07:00", where the client told it
	City       string       `json:"city,omitzero"`
	Country    string       `json:"country,omitzero"` // its English name
	Model      string       `json:"model,omitzero"`   // of the hardware, as the client's script tells it
	Device     string       `json:"device,omitzero"`  // a keyed hash of the id that the client's script keeps, or of the device's key
	// Remembered tells that the device proved itself: it is a remembered one.
	Remembered bool `json:"remembered,omitzero"`
	// Fingerprint says why what the client's script told was not believed.
	Fingerprint string            `json:"fingerprint,omitzero"`
	Challenges  []ChallengeResult `json:"challenges,omitzero"`
	// LockedUntil is until when the failure locked the account or its second factor.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// Abandoned says that a second factor was asked for and never answered.
	Abandoned bool           `json:"abandoned,omitzero"`
	Risk      *RiskDetail    `json:"risk,omitzero"` // nil where the attempt was not judged
	Feedback  *EventFeedback `json:"feedback,omitzero"`
}

// The values and providers of an answer, in Cognito's words.
const (
	FeedbackValid   = "Valid"
	FeedbackInvalid = "Invalid"
	ProviderAdmin   = "Admin"
	ProviderUser    = "User"
)

// From takes over where an attempt came from.
func (d *EventDetail) From(o *EventDetail) {
	d.IP, d.UserAgent, d.Hints, d.DeviceName, d.Timezone = o.IP, o.UserAgent, o.Hints, o.DeviceName, o.Timezone
	d.City, d.Country, d.Model, d.Fingerprint = o.City, o.Country, o.Model, o.Fingerprint
	d.Device, d.Remembered = o.Device, o.Remembered
}

// EventFeedback is the newest answer to the question whether the user knows an event.
type EventFeedback struct {
	Value    string    `json:"value"`
	Provider string    `json:"provider"`
	At       time.Time `json:"at"`
}

// Feedback is one answer to the question whether the user knows an event, and what it changed.
type Feedback struct {
	PoolID   string
	Sub      string
	EventID  string
	Value    string
	Provider string
	At       time.Time
	// Effect is the risk.Change that it made, as JSON.
	Effect   []byte
	UndoneAt time.Time // zero while it stands
}

// ChallengeResult is one answered challenge of an event.
type ChallengeResult struct {
	Name     string `json:"name"`     // Password, Mfa, or the challenge of another first factor
	Response string `json:"response"` // Success, Failure
}

// Origin is where a request came from, as far as it can be believed.
type Origin struct {
	IP          string
	UserAgent   string
	RequestID   string
	Hints       ClientHints
	Fingerprint Fingerprint
}

// ClientHints are the headers beside User-Agent in which a browser tells of itself.
type ClientHints struct {
	Brands          string `json:"brands,omitzero"`
	FullVersionList string `json:"fullVersionList,omitzero"`
	Platform        string `json:"platform,omitzero"`
	PlatformVersion string `json:"platformVersion,omitzero"`
	Mobile          string `json:"mobile,omitzero"`
	Model           string `json:"model,omitzero"`
}

// Fingerprint is what the client's own script told of its device, as in
// EncodedData. Every word of it is the client's claim. The zero Fingerprint is
// none, or one that did not hold; Problem then says why, for the event.
type Fingerprint struct {
	DeviceID   string // a key that the script keeps, at most 128 bytes
	Timezone   string // "-07:00"
	UserAgent  string // "" where the script tells none, as those of apps
	DeviceName string // of the hardware, at most 128 bytes
	Problem    string
}

// Notice is an effect that waits in the outbox: a message to deliver at least once.
type Notice struct {
	ID        string
	PoolID    string
	Kind      string // how Payload is read
	Payload   []byte // sealed: it carries codes
	Attempts  int64
	DueAt     time.Time
	CreatedAt time.Time
	LastError string
}

// Mail is a message that the development mailbox keeps instead of sending.
type Mail struct {
	ID        string
	PoolID    string
	Channel   string // email, sms
	Kind      string
	To        string
	Subject   string
	Text      string
	HTML      string
	CreatedAt time.Time
}

// AccessKey is a key pair that signs administrators' requests.
type AccessKey struct {
	ID        string // AKIA...
	Name      string
	Secret    []byte // sealed
	Policy    Policy
	CreatedAt time.Time
	Disabled  bool
}

// Policy is what an access key may do: it allows, nothing denies.
type Policy struct {
	// Actions such as "cognito-idp:ListUsers"; * matches any run of characters.
	Actions []string `json:"actions"`
	// Resources are pool ARNs; * matches any run of characters.
	Resources []string `json:"resources"`
}
