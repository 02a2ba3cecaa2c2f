graph [
 node [ id 3 label "a" 
 node [ id 7 ]]
