"""What Python code may call: the functions of `import reportgen`, and the report they return."""
