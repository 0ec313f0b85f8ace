"""Commands in comments: what was asked, by whom it may be asked, and who must agree.

`lines` and `lexer` read the comment, `grammar` makes commands of it by the table in `verbs`,
`levels` says what a person may do, `risk` what a command asks for, `sign_offs` whether approvals
satisfy that, `admission` whether the event may be acted on, `replies` what is answered. Nothing
here carries a command out.
"""
