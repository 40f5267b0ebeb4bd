package admin

// rows is what the door serves. An action is what the policy of a key must allow,
// as in gatehouse:GetPolicy, on the pool of the path.
var rows = []row{
	// The policy of a pool.
	{"GET", "/pools/{pool}/policy", "GetPolicy", tells((*Door).policy)},
	{"PUT", "/pools/{pool}/policy", "PutPolicy", tells((*Door).putPolicy)},
	{"DELETE", "/pools/{pool}/policy", "DeletePolicy", tells((*Door).deletePolicy)},
	{"GET", "/pools/{pool}/policy/versions", "ListPolicyVersions", tells((*Door).policyVersions).with("before", "limit")},
	{"POST", "/pools/{pool}/policy/versions/{version}/rollback", "RollbackPolicy", tells((*Door).rollbackPolicy)},

	// That of an app client, which replaces the pool's as a whole.
	{"GET", "/pools/{pool}/clients/{client}/policy", "GetPolicy", tells((*Door).policy)},
	{"PUT", "/pools/{pool}/clients/{client}/policy", "PutPolicy", tells((*Door).putPolicy)},
	{"DELETE", "/pools/{pool}/clients/{client}/policy", "DeletePolicy", tells((*Door).deletePolicy)},
	{"GET", "/pools/{pool}/clients/{client}/policy/versions", "ListPolicyVersions", tells((*Door).policyVersions).with("before", "limit")},
	{"POST", "/pools/{pool}/clients/{client}/policy/versions/{version}/rollback", "RollbackPolicy", tells((*Door).rollbackPolicy)},
	{"POST", "/pools/{pool}/replay", "Replay", takes((*Door).replay).slowly()},

	// What was recorded.
	{"GET", "/pools/{pool}/users/{user}/events", "ListEvents", tells((*Door).events).with("before", "limit")},
	{"GET", "/pools/{pool}/events/{event}", "ExplainEvent", tells((*Door).explain)},
	{"POST", "/pools/{pool}/events/{event}/feedback", "AnswerEvent", takes((*Door).answerEvent)},
	{"DELETE", "/pools/{pool}/events/{event}/feedback", "UndoFeedback", tells((*Door).undoFeedback)},

	// All that is kept of a user.
	{"GET", "/pools/{pool}/users/{user}/export", "ExportUser", streams((*Door).export).slowly()},
	{"DELETE", "/pools/{pool}/users/{user}/history", "EraseHistory", does((*Door).eraseHistory).with("keepProfile").slowly()},

	// What failures lock.
	{"GET", "/pools/{pool}/users/{user}/lockout", "GetLockout", tells((*Door).lockout)},
	{"DELETE", "/pools/{pool}/users/{user}/lockout", "UnlockUser", does((*Door).unlock)},
	{"DELETE", "/pools/{pool}/networks/{address}/lockout", "UnlockNetwork", does((*Door).unlockNetwork)},

	// Users who come by a file.
	{"GET", "/pools/{pool}/imports/{job}", "GetImport", tells((*Door).importJob)},
}
